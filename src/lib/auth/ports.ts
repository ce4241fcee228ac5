/** What the core needs from outside. Times are milliseconds since the epoch. */
import type { UnusableReason } from '../errors.ts';
import type { SessionEntry } from './session/ports.ts';
import type { Flow, UserHash } from './user.ts';

export type Clock = () => number;

/** One structured log line. Fields must hold no secret and name users by {@link logName}. */
export interface Log {
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
}

/** A row and the version that a later write must still find. */
export type Versioned<T> = T & { version: string };

export interface AccessToken {
  token: string;
  expiresAt: number;
}

/** An access token, and what it is good for. */
export interface UsableToken extends AccessToken {
  /** Graph scopes granted. */
  scopes: readonly string[];
  /** The token endpoint issued it just now. */
  isNew?: boolean;
  /** It comes from memory: the store may have another. */
  isRecalled?: boolean;
}

/** An app that has proven who it is, with what its administrator gave it. */
export interface BackEnd {
  clientId: string;
  tenantId: string;
  roles: readonly string[];
}

/** @throws AppError `unauthenticated`; `temporarily_unavailable` if the keys can't be had. */
export interface AppTokenVerifier {
  verify(token: string): Promise<BackEnd>;
}

/** What is known of a user's tokens without opening the cache. */
export interface TokenStatus {
  user: UserHash;
  flow: Flow;
  /** The tenant that issues the tokens; empty if it is not known. */
  tenantId: string;
  /** Graph scopes granted. */
  scopes: readonly string[];
  accessTokenExpiresAt: number;
  refreshedAt: number;
  refreshedBy: 'timer' | 'request';
  /** `reauth_required`: there is no use in asking for tokens until the user has signed in again. */
  state: 'active' | 'reauth_required';
  /** Why the user has to sign in again. */
  reason: string | undefined;
  /** Refreshes that have failed since the last one that did not. */
  failures: number;
  /** The user's back-off: nobody asks for tokens before this time. */
  retryAt: number;
  /**
   * When to look at the tokens again: active ones are due for refresh, ended ones for deletion.
   * There is a mark at this time.
   */
  dueAt: number;
  /** The user's last activity, to within minutes. */
  lastSeenAt: number;
  /** When a back end last used the tokens, to within minutes; 0: never. */
  usedAt: number;
  /** When the last of the user's sessions ends at the latest. */
  sessionsEndAt: number;
}

/** What of a record may change while the tokens stay as they are. */
export type StatusChange = Partial<
  Pick<
    TokenRecord,
    | 'state'
    | 'reason'
    | 'failures'
    | 'retryAt'
    | 'dueAt'
    | 'lastSeenAt'
    | 'usedAt'
    | 'sessionsEndAt'
    | 'lease'
  >
>;

/** A user's tokens for one client. */
export interface TokenRecord extends TokenStatus {
  /** MSAL's serialized cache. */
  cache: string;
  accessToken: AccessToken;
  /** Who is refreshing now, if anyone. */
  lease: Lease | undefined;
}

export interface Lease {
  owner: string;
  until: number;
}

/** A record as it lies in the store, whether or not it can be opened. */
export type FoundRecord = { user: UserHash; flow: Flow } & (
  | { status: TokenStatus; cache: string }
  | { unreadable: UnreadableReason }
);

/**
 * `sealed`: it does not open under its own address; `key`: its data key can't be used now;
 * `newer_schema`: a newer version of the app wrote it.
 */
export type UnreadableReason = 'sealed' | UnusableReason;

/**
 * A user whose tokens are to be looked at, and why: see {@link TokenStatus.dueAt}. A mark that was
 * postponed is later than its record's due time; it is stale once the record is due later still.
 */
export type DueMark = Pick<TokenStatus, 'user' | 'flow' | 'state' | 'dueAt'> & {
  /** The tenant that issues the tokens, if the mark names it: tenants take turns. */
  tenantId?: string;
  /** How often in a row the mark was postponed; missing if it was not. */
  postponed?: number;
};

/**
 * Users' tokens and the schedule of their refresh.
 *
 * A record and its due mark change in one transaction. A record whose cache can't be opened counts
 * as absent; where it is the access token alone, that is empty and has expired. Methods throw AppError `temporarily_unavailable` if the store can't be reached,
 * `misconfigured` if it refuses the app, and UnusableError for a record of a newer schema, which is
 * left alone, or whose data key can't be used now.
 */
export interface TokenStore {
  read(user: UserHash, flow: Flow): Promise<Versioned<TokenRecord> | undefined>;
  /** The current access token and status alone, whether or not the cache opens: the hot path. */
  readAccessToken(
    user: UserHash,
    flow: Flow,
  ): Promise<Versioned<TokenStatus & { accessToken: AccessToken }> | undefined>;
  /** The status alone, also of a record that can't be opened. */
  readStatus(user: UserHash, flow: Flow): Promise<Versioned<TokenStatus> | undefined>;
  /**
   * Creates the record, or replaces what is there, and lists the session under its user, at once.
   * Of two times at which sessions end the later one is kept.
   *
   * @throws AppError as `tokensTooLarge` if the record is; then the earlier one stays.
   */
  signIn(record: TokenRecord, session: SessionEntry): Promise<void>;
  /**
   * Replaces a record that was read, and moves its due mark from the time that `previous` names.
   *
   * @returns the new version.
   * @throws ConflictError if its version is another by now, GoneError if the record is gone,
   *   AppError as {@link signIn}.
   */
  update(previous: Versioned<TokenStatus>, next: TokenRecord): Promise<string>;
  /**
   * Changes what is known of tokens that were read, or who is at them, and moves the mark. The
   * tokens stay sealed as they are. Returns and throws as {@link update}.
   */
  changeStatus(previous: Versioned<TokenStatus>, change: StatusChange): Promise<string>;
  /** Deletes a record that was read, and its mark. Throws as {@link update}. */
  remove(previous: Versioned<TokenStatus>): Promise<void>;
  /**
   * Takes sessions off their user's list. With the last session go all of the user's rows.
   *
   * @param now sessions that expired before it don't count.
   * @param retainMs above 0: keeps the tokens, and notes that the last session has ended; they are
   *   due then at the latest.
   * @returns whether tokens were deleted.
   */
  signOut(
    user: UserHash,
    sessionHashes: readonly string[],
    options: { now: number; retainMs: number },
  ): Promise<boolean>;
  /** The user's sessions, ended by time or not. */
  sessionsOf(user: UserHash): Promise<SessionEntry[]>;
  /** Shards that {@link due} and {@link records} read: each a list of its own. */
  readonly shards: readonly string[];
  /** Every record, in pages, in the order of the users' hashes. */
  records(shard: string): AsyncIterable<FoundRecord[]>;
  /**
   * Users in a state that are due up to a time, the longest overdue first, in pages. A page may be
   * empty.
   *
   * @param exceptTenants leaves out marks of these tenants; empty: marks that name no tenant.
   */
  due(
    shard: string,
    state: TokenStatus['state'],
    upTo: number,
    exceptTenants?: readonly string[],
  ): AsyncIterable<DueMark[]>;
  /** Deletes a mark unless its record stands behind it: see {@link DueMark}. */
  dropStaleMark(mark: DueMark): Promise<void>;
  /**
   * Moves a mark and nothing else: the record need not be readable, and keeps its due time. Does
   * nothing if the mark is gone.
   *
   * @param until when the mark is due next, given how often it was postponed before.
   */
  postponeMark(mark: DueMark, until: (postponed: number) => number): Promise<void>;
}
