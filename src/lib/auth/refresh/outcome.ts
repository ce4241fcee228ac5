import type { AppError } from '../../errors.ts';
import type { Actor } from '../activity.ts';
import type {
  AccessToken,
  Clock,
  DueMark,
  Log,
  TokenRecord,
  TokenStatus,
  TokenStore,
  Versioned,
} from '../ports.ts';
import type { TokenClient } from '../token-client.ts';
import type { Flow, UserHash } from '../user.ts';
import type { TokenGate } from './gate.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { CountedOutcome } from './ports.ts';
import type { RefreshPolicy } from './schedule.ts';

export interface RefreshDependencies {
  tokens: TokenStore;
  tokenClient: TokenClient;
  gate: TokenGate;
  leases: LeaseWatch;
  refreshPolicy: RefreshPolicy;
  /** Whether the app has the client that a flow's tokens were issued to: that of devices may be off. */
  isOffered: (flow: Flow) => boolean;
  now: Clock;
  sleep: (ms: number) => Promise<void>;
  /** Whose activity a request is. Default: the user's. */
  actor?: Actor;
  /**
   * Asked before each refresh: ends dead sessions of a user whom only back ends still use.
   *
   * @returns whether the tokens went with them.
   */
  endAbandoned: (status: TokenStatus) => Promise<boolean>;
  count: (outcome: CountedOutcome) => void;
  log: Log;
}

export interface RefreshRequest {
  user: UserHash;
  flow: Flow;
  by: TokenRecord['refreshedBy'];
  /** Whether a record, as it is now, needs refresh. */
  wanted: (record: TokenRecord) => boolean;
  /** The mark that brought us here; what is written moves it. */
  mark?: DueMark;
  /** JSON of a claims challenge that the new tokens must meet. */
  claims?: string | undefined;
}

export type RefreshOutcome =
  | { kind: 'refreshed'; accessToken: AccessToken; scopes: readonly string[] }
  | { kind: 'not-wanted'; record: Versioned<TokenRecord> }
  /** Another instance is at it, or has been. The access token is the one from before. */
  | { kind: 'busy'; accessToken: AccessToken }
  /** The user has signed out. */
  | { kind: 'gone' }
  /** The user has to sign in again, if only for the claims that were asked for. */
  | { kind: 'refused'; error: AppError }
  /** No new tokens for now. The error is for whoever can't do with the access token from before. */
  | { kind: 'failed'; error: AppError; accessToken: AccessToken };
