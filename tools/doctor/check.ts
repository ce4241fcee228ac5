import type { Clock } from '../../src/lib/auth/ports.ts';
import type { TokenClient } from '../../src/lib/auth/tokens/token-client.ts';
import type { Config } from '../../src/lib/config/config.ts';
import type { Send } from '../../src/lib/http/outbound-request.ts';

/** What has been found out, in our own words: no secret, and nothing that others wrote. */
export type Finding =
  | { status: 'ok' | 'skipped'; detail: string }
  | {
      status: 'warning' | 'failed';
      detail: string;
      /** What to do next. */
      mend: string;
    };

/** A configuration whose settings are in order, and what to look at it with. */
export interface Subject {
  config: Config;
  /** The app's own, so that it is asked as the app asks. */
  tokenClient: TokenClient;
  send: Send;
  now: Clock;
}

/** One thing that can be wrong. */
export interface Check {
  /** In kebab-case. */
  name: string;
  /** Checks without which this one makes no sense: it is skipped unless they are passed. */
  needs: readonly string[];
  /** What it throws counts as failed. */
  run(subject: Subject): Promise<Finding>;
  /** What to do next where {@link run} throws. */
  mend: string;
}

export type Result = { name: string } & Finding;

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const skipped = (detail: string): Finding => ({ status: 'skipped', detail });
export const warning = (detail: string, mend: string): Finding => ({
  ...{ status: 'warning', detail, mend },
});
export const failed = (detail: string, mend: string): Finding => ({
  ...{ status: 'failed', detail, mend },
});
