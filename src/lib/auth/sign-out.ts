import type { Clock, SessionStore, TokenStore } from './ports.ts';
import { type LiveSession, sessionKey } from './session.ts';

export interface SignOutDependencies {
  tokens: TokenStore;
  sessions: SessionStore;
  now: Clock;
}

/**
 * Ends a session; with the user's last one all that is kept of the user.
 *
 * The session goes last: if anything before it fails, the caller can try again.
 */
export async function signOut(
  { tokens, sessions, now }: SignOutDependencies,
  session: LiveSession,
): Promise<void> {
  await tokens.signOut(session.user, session.key.hash, now());
  await sessions.remove(session.key);
}

/** Ends all sessions of a session's user, the one at hand last. */
export async function signOutEverywhere(
  dependencies: SignOutDependencies,
  session: LiveSession,
): Promise<void> {
  const { tokens, sessions, now } = dependencies;
  for (const entry of await tokens.sessionsOf(session.user)) {
    if (entry.hash === session.key.hash) continue;
    await sessions.remove(sessionKey(entry));
    await tokens.signOut(session.user, entry.hash, now());
  }
  await signOut(dependencies, session);
}
