/**
 * Ends sessions. Every step can be repeated, and whatever leads to a session is deleted last, so that a call
 * that breaks off can be repeated:
 *
 * - The row is marked as ended first: from then on the session is useless.
 * - A session that was found on its user's list leaves the index, loses its row, and leaves the list.
 * - One that was found by its secret, by the index or by its day leaves the list, then the index,
 *   and loses its row.
 *
 * The tokens are deleted with the last session on the list. If nobody repeats a call that broke off, the worker
 * finishes it, since it runs as long as there are tokens, and so does the janitor, which finds rows by day.
 */
import { mapBounded, piecesOf } from '../../basics/lists.ts';
import type { Core } from '../core.ts';
import type { UserHash } from '../user.ts';
import type { Ending, SessionEntry, SessionKey, SessionPlace } from './ports.ts';
import { isLive, listedPlace, placeOf, type StoredSession, sessionKey } from './session.ts';

/** What ends sessions. */
export type EndingCore = Pick<
  Core,
  'tokens' | 'sessions' | 'sessionPolicy' | 'refreshPolicy' | 'now'
>;

/** A session of a user, live or not. */
export type UserSession = Pick<StoredSession, 'user' | 'key' | 'provider'>;

/**
 * Ends a session; with the last one, everything stored about the user is deleted. Sessions that have been idle
 * for too long end with it.
 */
export async function signOut(core: EndingCore, session: UserSession): Promise<void> {
  await endOwn(core, session, 'session');
}

/** Ends all sessions of a session's user, the one at hand last. */
export async function signOutEverywhere(core: EndingCore, session: UserSession): Promise<void> {
  await endOthers(core, session);
  await endOwn(core, session, 'everywhere');
}

/** Forgets a session's user: every session and every token, retained or not. */
export async function forget(core: EndingCore, session: UserSession): Promise<void> {
  const forgetting = withoutRetention(core);
  await endOthers(forgetting, session);
  await endOwn(forgetting, session, 'data');
}

/** Ends sessions as {@link forget} does: with a user's last session go the tokens. */
export function withoutRetention(core: EndingCore): EndingCore {
  return { ...core, refreshPolicy: { ...core.refreshPolicy, retainMs: 0 } };
}

/**
 * Ends all sessions of a user, as {@link signOutEverywhere} does for who has one.
 *
 * @param user as somebody else names them.
 */
export async function endAllSessions(core: EndingCore, user: UserHash): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    const entries = await core.tokens.sessionsOf(user);
    if (round > 0 && entries.length === 0) return;
    await endListed(core, user, entries);
  }
}

/** Rounds, to end sessions that are opened meanwhile. */
const maxRounds = 3;

/**
 * Ends the sessions of a user that have been idle for too long or are over; with no session left,
 * all that is kept of the user goes.
 *
 * @returns whether tokens were deleted.
 */
export async function endDeadSessions(core: EndingCore, user: UserHash): Promise<boolean> {
  return endListed(core, user, await deadSessionsOf(core, user));
}

/** Sessions ended in one batch: finished batches stay finished when a call runs out of time. */
const endedAtOnce = 1_000;

/** Ends sessions on their user's list. @returns whether tokens were deleted. */
export async function endListed(
  core: EndingCore,
  user: UserHash,
  entries: readonly SessionEntry[],
): Promise<boolean> {
  if (entries.length === 0) return unlist(core, user, []);
  let isForgotten = false;
  for (const some of piecesOf(entries, endedAtOnce)) {
    isForgotten = await endPiece(core, user, some);
  }
  return isForgotten;
}

async function endPiece(
  core: EndingCore,
  user: UserHash,
  entries: readonly SessionEntry[],
): Promise<boolean> {
  const { sessions, now } = core;
  const places = entries.map(listedPlace);
  await sessions.end(keysOf(places), 'session');
  await sessions.remove(places);
  const isForgotten = await unlist(core, user, keysOf(places));
  // A session that was being opened may have got its row meanwhile. Off the list, it gets none any more.
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
  core: EndingCore,
  user: UserHash,
  places: readonly SessionPlace[],
): Promise<boolean> {
  const { sessions } = core;
  await sessions.end(keysOf(places), 'session');
  const isForgotten = await unlist(core, user, keysOf(places));
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
  core: EndingCore,
  user: UserHash | undefined,
  places: readonly SessionPlace[],
): Promise<void> {
  const { sessions } = core;
  if (user) {
    if (!(await endPlaces(core, user, places))) await endDead(core, user);
    return;
  }
  await sessions.end(keysOf(places), 'session');
  await sessions.remove(places);
}

/** Ends the caller's own session. Its row lets the caller repeat the call, so it is deleted last. */
async function endOwn(core: EndingCore, session: UserSession, ending: Ending): Promise<void> {
  const { sessions } = core;
  const { user, key } = session;
  await sessions.end([key], ending);
  if (!(await unlist(core, user, [key]))) {
    if (ending === 'data') await endAllSessions(core, user);
    else await endDead(core, user);
  }
  await sessions.remove([placeOf(session)]);
}

async function endOthers(core: EndingCore, { user, key }: UserSession): Promise<void> {
  const entries = await core.tokens.sessionsOf(user);
  const others = entries.filter(({ hash }) => hash !== key.hash);
  if (others.length > 0) await endListed(core, user, others);
}

/** As {@link endDeadSessions}, for a user whose tokens have just been looked at. */
async function endDead(core: EndingCore, user: UserHash): Promise<void> {
  const dead = await deadSessionsOf(core, user);
  if (dead.length > 0) await endListed(core, user, dead);
}

/** @returns whether tokens were deleted. */
function unlist(
  { tokens, refreshPolicy, now }: EndingCore,
  user: UserHash,
  keys: readonly SessionKey[],
): Promise<boolean> {
  const hashes = keys.map(({ hash }) => hash);
  return tokens.signOut(user, hashes, { now: now(), retainMs: refreshPolicy.retainMs });
}

async function deadSessionsOf(core: EndingCore, user: UserHash): Promise<SessionEntry[]> {
  const entries = await core.tokens.sessionsOf(user);
  const inUse = await mapBounded(entries, (entry) => isInUse(core, entry));
  return entries.filter((_, index) => !inUse[index]);
}

/** Milliseconds within which a listed session gets its row. */
const openingMs = 60_000;

function isOpening({ createdAt }: SessionEntry, now: number): boolean {
  return now - createdAt < openingMs;
}

function keysOf(places: readonly SessionPlace[]): SessionKey[] {
  return places.map(({ key }) => key);
}

/**
 * Whether a listed session can still be used. One without a row is just being opened, or never was.
 */
export async function isInUse(
  { sessions, sessionPolicy, now }: EndingCore,
  entry: SessionEntry,
): Promise<boolean> {
  if (entry.expiresAt <= now()) return false;
  const session = await sessions.read(sessionKey(entry));
  return session ? isLive(session, sessionPolicy, now()) : isOpening(entry, now());
}
