import type { DueMark } from '../../src/lib/auth/ports.ts';
import { openSession } from '../../src/lib/auth/session/open-session.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { parseConfig } from '../../src/lib/config/config.ts';
import { createSend } from '../../src/lib/http/outbound-request.ts';
import { createTokenClient } from '../../src/lib/msal/token-client.ts';
import { createStores } from '../../src/lib/stores.ts';
import { forEachNumber } from '../lib/at-once.ts';
import { authorizationCode, oidOf, tenantId } from '../stubs/entra/directory.ts';
import type { ProductSettings } from './settings.ts';

const nonce = 'nonce';
const quiet = { info: () => {}, warn: () => {}, error: console.error };
const now = Date.now;

/**
 * Signs users in, with the product's own token client and stores, from an authorization code on.
 *
 * @returns a cookie for each, of the users 0, 1, 2 and so on.
 */
export async function seedSessions(settings: ProductSettings, users: number): Promise<string[]> {
  const { config, tokens, sessions, heartbeats } = openProduct(settings);
  const tokenClient = createTokenClient({ config, send: createSend(), now });
  const core = {
    ...{ tokens, sessions, now, log: quiet, sessionPolicy: config.session },
    refreshPolicy: { ...config.refresh, random: Math.random },
  };
  const cookies: string[] = [];
  await forEachNumber(users, async (user) => {
    const request = { code: authorizationCode(user, nonce), nonce, codeVerifier: 'verifier' };
    const issued = await tokenClient.redeem({ ...request, scopes: ['User.Read'] });
    const username = `user-${user}@bench.example`;
    const identity = { oid: oidOf(user), tid: tenantId, name: 'Ada Lovelace', username };
    const client = { address: '192.0.2.1', userAgent: 'bench' };
    const opened = await openSession(core, identity, issued, { flow: 'code', client });
    cookies[user] = `session=${opened.sessionSecret}`;
  });
  // As the timer leaves it: without it, requests would sweep on the side.
  await heartbeats.writeSweep('timer', {
    ...{ at: now(), due: 0, enqueued: 0, queueDepth: 0, oldestOverdueMs: 0, durationMs: 0 },
  });
  return cookies;
}

/** Makes users due for refresh. @returns their marks, as the sweep would put them into the queue. */
export async function makeDue(
  settings: ProductSettings,
  users: { from: number; count: number },
): Promise<DueMark[]> {
  const { tokens } = openProduct(settings);
  const marks: DueMark[] = [];
  await forEachNumber(users.count, async (index) => {
    const number = users.from + index;
    const user = userHash({ oid: oidOf(number), tid: tenantId });
    const status = await tokens.readStatus(user, 'code');
    if (!status) throw new Error(`user ${number} is not there`);
    const dueAt = now() - 1_000;
    await tokens.changeStatus(status, { dueAt });
    marks[index] = { user, flow: 'code', state: 'active', dueAt };
  });
  return marks;
}

function openProduct(settings: ProductSettings) {
  const parsed = parseConfig(settings);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { config: parsed.config, ...createStores(parsed.config, { log: quiet, now }) };
}
