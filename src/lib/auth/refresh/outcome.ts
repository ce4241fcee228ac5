import type { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { AccessToken, DueMark, TokenRecord, Versioned } from '../ports.ts';
import type { Actor } from '../tokens/activity.ts';
import type { Flow, UserHash } from '../user.ts';

/** What refreshes tokens. */
export type RefreshCore = Pick<
  Core,
  | 'tokens'
  | 'sessions'
  | 'tokenClient'
  | 'gate'
  | 'leases'
  | 'clients'
  | 'sessionPolicy'
  | 'refreshPolicy'
  | 'count'
  | 'now'
  | 'sleep'
  | 'log'
>;

export interface RefreshRequest {
  user: UserHash;
  flow: Flow;
  by: TokenRecord['refreshedBy'];
  /** Whose activity a request is. Default: the user's. */
  actor?: Actor | undefined;
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
