import type { Core } from '../../src/lib/auth/core.ts';
import type { Config } from '../../src/lib/config/config.ts';
import { createStores } from '../../src/lib/stores.ts';

/** What an operator can reach from outside the app. */
export type OperatorCore = Pick<
  Core,
  'tokens' | 'sessions' | 'sessionPolicy' | 'refreshPolicy' | 'now'
>;

/** The commands print what the app would log. */
const log = { info() {}, warn() {}, error() {} };

export function createOperatorCore(config: Config): OperatorCore {
  const now = Date.now;
  const { tokens, sessions } = createStores(config, { log, now });
  const refreshPolicy = { ...config.refresh, random: Math.random };
  return { tokens, sessions, sessionPolicy: config.session, refreshPolicy, now };
}
