import type { components } from '../../../web/openapi.d.ts';
import { mapBounded } from '../../basics/lists.ts';
import { iso } from '../../basics/time-text.ts';
import { AppError } from '../../errors.ts';
import type { UserHash } from '../user.ts';
import type { SessionEntry, SessionKey } from './ports.ts';
import { isLive, publicSessionId, type StoredSession, sessionKey, signInFirst } from './session.ts';
import { type EndingCore, endListed, signOut } from './sign-out.ts';

/** One of `GET /sessions`. */
export type SessionSummary = components['schemas']['SessionSummary'];

/** Sessions that are looked at for a list: the newest. */
const longestList = 100;

/** The live sessions of a user, the newest first. @param key of the one that asks, if one does. */
export async function listSessions(
  { tokens, sessions, sessionPolicy, now }: Omit<EndingCore, 'refreshPolicy'>,
  { user, key }: { user: UserHash; key?: SessionKey },
): Promise<SessionSummary[]> {
  const entries = await tokens.sessionsOf(user);
  const newest = entries.sort((a, b) => b.createdAt - a.createdAt).slice(0, longestList);
  const read = async (entry: SessionEntry) => {
    const session = await sessions.read(sessionKey(entry));
    if (session?.user !== user || !isLive(session, sessionPolicy, now())) return [];
    const { kind, client = {} } = session;
    return {
      ...{ id: publicSessionId(entry), kind, current: entry.hash === key?.hash },
      createdAt: iso(session.createdAt),
      lastSeenAt: iso(session.lastSeenAt),
      expiresAt: iso(session.expiresAt),
      client,
    };
  };
  return (await mapBounded(newest, read)).flat();
}

/**
 * Ends one of a user's own sessions.
 *
 * @param session that asks. One that is being ended can only finish that.
 * @param id as in {@link listSessions}.
 * @throws AppError `not_found` for any other, `unauthenticated`.
 */
export async function endSession(
  core: EndingCore,
  session: StoredSession,
  id: string,
): Promise<void> {
  const { user, key, kind } = session;
  if (publicSessionId(key) === id) return signOut(core, session);
  if (session.ending) throw signInFirst(kind);
  const entries = await core.tokens.sessionsOf(user);
  const entry = entries.find((each) => publicSessionId(each) === id);
  if (!entry) throw new AppError('not_found', { detail: 'You have no such session.' });
  await endListed(core, user, [entry]);
}
