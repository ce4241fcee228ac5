/** What the core needs of the stores of sessions and sign-ins. Times are milliseconds since the epoch. */
import type { Flow, ProviderSession, UserHash, UserIdentity } from '../user.ts';

/** A session as it is listed under its user. */
export interface SessionEntry {
  hash: string;
  createdAt: number;
  expiresAt: number;
  /** Of the identity provider's session that it came from, if that is known. */
  sidHash?: string | undefined;
}

/** A browser's or a device's session. Its id is known to that alone; the store knows its hash. */
export interface SessionRecord {
  user: UserHash;
  identity: UserIdentity;
  flow: Flow;
  kind: 'browser' | 'device';
  createdAt: number;
  lastSeenAt: number;
  /** Absolute end, whatever the activity. */
  expiresAt: number;
  /** Who it was opened by, as far as that is known. */
  client?: ClientDescription | undefined;
  provider?: ProviderSession | undefined;
  /** Somebody has begun to end it: it is good for nothing but to finish that. */
  ending?: Ending | undefined;
}

export interface SessionPolicy {
  /** Milliseconds without activity after which a session ends. */
  idleMs: number;
  /** Milliseconds after which a session ends, whatever the activity. */
  maxMs: number;
}

/** What ends with a session, each with all that comes before it: see {@link SessionStore.end}. */
export const endings = ['session', 'everywhere', 'data'] as const;

export type Ending = (typeof endings)[number];

/** A client, as it appears from outside. It may say of itself what it likes. */
export interface ClientDescription {
  /** IP address. */
  address: string | undefined;
  userAgent: string | undefined;
}

/** Where a session is: what the cookie tells, the id hashed. */
export interface SessionKey {
  /** UTC day of absolute expiry, `yyyy-mm-dd`. */
  day: string;
  /** SHA-256 of the session id, hex. */
  hash: string;
}

/** What leads to all that is stored of a session. */
export interface SessionPlace {
  key: SessionKey;
  sidHash?: string | undefined;
}

/**
 * Sessions, and an index of them by the identity provider's session. A session that can't be opened
 * counts as absent. Errors as TokenStore’s.
 */
export interface SessionStore {
  create(key: SessionKey, session: SessionRecord): Promise<void>;
  read(key: SessionKey): Promise<SessionRecord | undefined>;
  /** Notes activity, and nothing else. Does nothing if the session is gone. */
  touch(key: SessionKey, lastSeenAt: number): Promise<void>;
  /**
   * Makes sessions useless, for good. Their rows stay until {@link remove}, so that whoever ends a
   * session can go on where an earlier call broke off. Sessions that are gone don't matter.
   */
  end(keys: readonly SessionKey[], ending: Ending): Promise<void>;
  /** Deletes sessions, each after its entry in the index. Those that are gone don't matter. */
  remove(sessions: readonly SessionPlace[]): Promise<void>;
  /** Sessions that came from one of the identity provider's: one query. */
  ofProviderSession(sidHash: string): Promise<FoundSession[]>;
  /** Sessions whose day of expiry is over, in pages: read by the day, whatever else there is. */
  expired(now: number): AsyncIterable<FoundSession[]>;
}

/** A session that was found without its secret. Its user is unproven, and counts for its deletion alone. */
export interface FoundSession extends SessionPlace {
  user: UserHash | undefined;
}

/** States of authorization requests that have been used. */
export interface ConsumedStateStore {
  /**
   * Marks a state used. Atomic over all instances.
   *
   * @param createdAt when the authorization request was made.
   * @returns false if it was used before.
   */
  consume(state: string, createdAt: number): Promise<boolean>;
  /** Deletes states of authorization requests that were made before the hour of a time. @returns how many. */
  removeBefore(time: number): Promise<number>;
}
