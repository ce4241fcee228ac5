import type { Clock, SessionEntry, SessionKey, SessionStore, TokenStore } from './ports.ts';
import { isLive, type SessionPolicy, sessionKey } from './session.ts';
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
export interface UserSession {
  user: UserHash;
  key: SessionKey;
}

/**
 * Ends a session; with the user's last one all that is kept of the user. Sessions that have been
 * idle too long go with it: they keep nothing.
 *
 * The session itself goes last: if anything before it fails, the caller can try again.
 */
export async function signOut(
  dependencies: SignOutDependencies,
  session: UserSession,
): Promise<void> {
  const others = await otherSessions(dependencies, session);
  await endSessions(dependencies, session, await deadAmong(dependencies, others));
}

/** Ends all sessions of a session's user, the one at hand last. */
export async function signOutEverywhere(
  dependencies: SignOutDependencies,
  session: UserSession,
): Promise<void> {
  await endSessions(dependencies, session, await otherSessions(dependencies, session));
}

/** Forgets a session's user: every session and every token, retained or not. */
export async function forget(
  dependencies: Omit<SignOutDependencies, 'retainMs'>,
  session: UserSession,
): Promise<void> {
  const forgetting = { ...dependencies, retainMs: 0 };
  await untilNoneIsLeft(forgetting, session.user, () => signOutEverywhere(forgetting, session));
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
  await untilNoneIsLeft(dependencies, user, async () => {
    await endEntries(dependencies, user, await dependencies.tokens.sessionsOf(user));
  });
}

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
  const dead = await deadAmong(dependencies, await dependencies.tokens.sessionsOf(user));
  return endEntries(dependencies, user, dead);
}

/** Sign-ins that come meanwhile are ended too, so often. */
const maxRounds = 3;

async function untilNoneIsLeft(
  { tokens }: SignOutDependencies,
  user: UserHash,
  endAll: () => Promise<void>,
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    await endAll();
    if ((await tokens.sessionsOf(user)).length === 0) return;
  }
}

/** @returns whether tokens were deleted. */
async function endEntries(
  { tokens, sessions, retainMs, now }: SignOutDependencies,
  user: UserHash,
  entries: readonly SessionEntry[],
): Promise<boolean> {
  for (const entry of entries) await sessions.remove(sessionKey(entry));
  return tokens.signOut(user, hashesOf(entries), { now: now(), retainMs });
}

async function otherSessions(
  { tokens }: SignOutDependencies,
  { user, key }: UserSession,
): Promise<SessionEntry[]> {
  return (await tokens.sessionsOf(user)).filter((entry) => entry.hash !== key.hash);
}

async function deadAmong(
  dependencies: SignOutDependencies,
  entries: readonly SessionEntry[],
): Promise<SessionEntry[]> {
  const live = await Promise.all(entries.map((entry) => isInUse(dependencies, entry)));
  return entries.filter((_, index) => !live[index]);
}

/** Milliseconds in which a session that is listed comes to be. */
const openingMs = 60_000;

/** A session that is listed and not there is being opened just now, or never was. */
async function isInUse(
  { sessions, policy, now }: SignOutDependencies,
  entry: SessionEntry,
): Promise<boolean> {
  const session = await sessions.read(sessionKey(entry));
  return session ? isLive(session, policy, now()) : now() - entry.createdAt < openingMs;
}

async function endSessions(
  { tokens, sessions, retainMs, now }: SignOutDependencies,
  { user, key }: UserSession,
  others: readonly SessionEntry[],
): Promise<void> {
  for (const entry of others) await sessions.remove(sessionKey(entry));
  await tokens.signOut(user, [key.hash, ...hashesOf(others)], { now: now(), retainMs });
  await sessions.remove(key);
}

function hashesOf(entries: readonly SessionEntry[]): string[] {
  return entries.map(({ hash }) => hash);
}
