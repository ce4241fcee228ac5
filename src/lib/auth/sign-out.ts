/**
 * How sessions end. Each step can be done again, and what led to a session goes last, so that a call
 * that breaks off can be repeated:
 *
 * - First the row is marked as ended: from here on the session is good for nothing.
 * - A session that was found on its user's list leaves the index, loses its row, and leaves the list.
 * - One that was found by its secret, by the index or by its day leaves the list, then the index,
 *   and loses its row.
 *
 * With the last session on the list go the tokens. What nobody repeats is left to the worker, who
 * comes back as long as there are tokens, and to the janitor, who finds each row by its day.
 */
import { mapBounded, piecesOf } from '../lists.ts';
import type { Clock, TokenStore } from './ports.ts';
import {
  isLive,
  listedPlace,
  placeOf,
  type SessionPolicy,
  type StoredSession,
  sessionKey,
} from './session.ts';
import type {
  Ending,
  SessionEntry,
  SessionKey,
  SessionPlace,
  SessionStore,
} from './session-ports.ts';
import type { UserHash } from './user.ts';

export interface SignOutDependencies {
  tokens: TokenStore;
  sessions: SessionStore;
  policy: SessionPolicy;
  /** How long tokens outlive their user's last session. */
  retainMs: number;
  now: Clock;
}

/** A session of a user, live or not. */
export type UserSession = Pick<StoredSession, 'user' | 'key' | 'provider'>;

/**
 * Ends a session; with the user's last one all that is kept of the user. Sessions that have been
 * idle too long go with it: they keep nothing.
 */
export async function signOut(
  dependencies: SignOutDependencies,
  session: UserSession,
): Promise<void> {
  await endOwn(dependencies, session, 'session');
}

/** Ends all sessions of a session's user, the one at hand last. */
export async function signOutEverywhere(
  dependencies: SignOutDependencies,
  session: UserSession,
): Promise<void> {
  await endOthers(dependencies, session);
  await endOwn(dependencies, session, 'everywhere');
}

/** Forgets a session's user: every session and every token, retained or not. */
export async function forget(
  dependencies: Omit<SignOutDependencies, 'retainMs'>,
  session: UserSession,
): Promise<void> {
  const forgetting = { ...dependencies, retainMs: 0 };
  await endOthers(forgetting, session);
  await endOwn(forgetting, session, 'data');
}

/**
 * Ends all sessions of a user, as {@link signOutEverywhere} does for who has one.
 *
 * @param user as somebody else names them.
 */
export async function endAllSessions(
  dependencies: SignOutDependencies,
  user: UserHash,
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const entries = await dependencies.tokens.sessionsOf(user);
    if (round > 0 && entries.length === 0) return;
    await endListed(dependencies, user, entries);
  }
}

/** Sessions that are opened meanwhile are ended too, so often. */
const maxRounds = 3;

/**
 * Ends the sessions of a user that have been idle for too long or are over; with no session left,
 * all that is kept of the user goes.
 *
 * @returns whether tokens were deleted.
 */
export async function endDeadSessions(
  dependencies: SignOutDependencies,
  user: UserHash,
): Promise<boolean> {
  return endListed(dependencies, user, await deadSessionsOf(dependencies, user));
}

/** Sessions that are ended at once: what is done so far stays done when a call runs out of time. */
const endedAtOnce = 1_000;

/** Ends sessions on their user's list. @returns whether tokens were deleted. */
export async function endListed(
  dependencies: SignOutDependencies,
  user: UserHash,
  entries: readonly SessionEntry[],
): Promise<boolean> {
  if (entries.length === 0) return unlist(dependencies, user, []);
  let isForgotten = false;
  for (const some of piecesOf(entries, endedAtOnce)) {
    isForgotten = await endPiece(dependencies, user, some);
  }
  return isForgotten;
}

async function endPiece(
  dependencies: SignOutDependencies,
  user: UserHash,
  entries: readonly SessionEntry[],
): Promise<boolean> {
  const { sessions, now } = dependencies;
  const places = entries.map(listedPlace);
  await sessions.end(keysOf(places), 'session');
  await sessions.remove(places);
  const isForgotten = await unlist(dependencies, user, keysOf(places));
  // The row of a session that was being opened may have come since. Off the list it comes no more.
  const opening = entries.filter((entry) => isOpening(entry, now()));
  if (opening.length > 0) await sessions.remove(opening.map(listedPlace));
  return isForgotten;
}

/**
 * Ends sessions of a user that were found without their list.
 *
 * @returns whether tokens were deleted.
 */
export async function endPlaces(
  dependencies: SignOutDependencies,
  user: UserHash,
  places: readonly SessionPlace[],
): Promise<boolean> {
  const { sessions } = dependencies;
  await sessions.end(keysOf(places), 'session');
  const isForgotten = await unlist(dependencies, user, keysOf(places));
  await sessions.remove(places);
  return isForgotten;
}

/**
 * Ends sessions that came from one of the identity provider's, and their user's dead sessions with
 * them.
 *
 * @param user undefined if nobody knows whose they are: then nothing but they themselves goes.
 */
export async function endFound(
  dependencies: SignOutDependencies,
  user: UserHash | undefined,
  places: readonly SessionPlace[],
): Promise<void> {
  const { sessions } = dependencies;
  if (user) {
    if (!(await endPlaces(dependencies, user, places))) await endDead(dependencies, user);
    return;
  }
  await sessions.end(keysOf(places), 'session');
  await sessions.remove(places);
}

/** The session in which the call is made: its row allows the call to be repeated, and goes last. */
async function endOwn(
  dependencies: SignOutDependencies,
  session: UserSession,
  ending: Ending,
): Promise<void> {
  const { sessions } = dependencies;
  const { user, key } = session;
  await sessions.end([key], ending);
  if (!(await unlist(dependencies, user, [key]))) {
    if (ending === 'data') await endAllSessions(dependencies, user);
    else await endDead(dependencies, user);
  }
  await sessions.remove([placeOf(session)]);
}

async function endOthers(
  dependencies: SignOutDependencies,
  { user, key }: UserSession,
): Promise<void> {
  const entries = await dependencies.tokens.sessionsOf(user);
  const others = entries.filter(({ hash }) => hash !== key.hash);
  if (others.length > 0) await endListed(dependencies, user, others);
}

/** As {@link endDeadSessions}, for a user whose tokens have just been looked at. */
async function endDead(dependencies: SignOutDependencies, user: UserHash): Promise<void> {
  const dead = await deadSessionsOf(dependencies, user);
  if (dead.length > 0) await endListed(dependencies, user, dead);
}

/** @returns whether tokens were deleted. */
function unlist(
  { tokens, retainMs, now }: SignOutDependencies,
  user: UserHash,
  keys: readonly SessionKey[],
): Promise<boolean> {
  const hashes = keys.map(({ hash }) => hash);
  return tokens.signOut(user, hashes, { now: now(), retainMs });
}

async function deadSessionsOf(
  dependencies: SignOutDependencies,
  user: UserHash,
): Promise<SessionEntry[]> {
  const entries = await dependencies.tokens.sessionsOf(user);
  const inUse = await mapBounded(entries, (entry) => isInUse(dependencies, entry));
  return entries.filter((_, index) => !inUse[index]);
}

/** Milliseconds in which a session that is listed comes to be. */
const openingMs = 60_000;

function isOpening({ createdAt }: SessionEntry, now: number): boolean {
  return now - createdAt < openingMs;
}

function keysOf(places: readonly SessionPlace[]): SessionKey[] {
  return places.map(({ key }) => key);
}

/**
 * Whether a listed session is good for something. One that is not there is being opened just now, or
 * never was.
 */
export async function isInUse(
  { sessions, policy, now }: SignOutDependencies,
  entry: SessionEntry,
): Promise<boolean> {
  if (entry.expiresAt <= now()) return false;
  const session = await sessions.read(sessionKey(entry));
  return session ? isLive(session, policy, now()) : isOpening(entry, now());
}
