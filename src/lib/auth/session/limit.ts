import { mapBounded, piecesOf } from '../../basics/lists.ts';
import type { UserHash } from '../user.ts';
import type { SessionEntry } from './ports.ts';
import { type EndingCore, endListed, isInUse } from './sign-out.ts';

/** Live sessions that a user has at most. */
export const maxSessions = 50;
/** Sessions of a user that are looked at; older ones are ended without a look. */
const mostRead = 2 * maxSessions;
/** Sessions that are ended between two looks at the clock. */
const endedAtOnce = 500;
/** Milliseconds after which the rest is left to the next sign-in: somebody waits for this one. */
const longestMs = 3_000;

/**
 * Ends what is too much on a user's list: sessions whose time is up, those that have been idle for too
 * long, and the oldest live ones beyond the limit.
 *
 * @param entries the list as it is now.
 * @param opened the hash of the session that has just been opened, and stays.
 */
export async function endSurplus(
  core: EndingCore,
  user: UserHash,
  { entries, opened }: { entries: readonly SessionEntry[]; opened: string },
): Promise<void> {
  const startedAt = core.now();
  const surplus = await surplusAmong(core, entries, opened);
  for (const some of piecesOf(surplus, endedAtOnce)) {
    if (core.now() - startedAt > longestMs) return;
    await endListed(core, user, some);
  }
}

async function surplusAmong(
  core: EndingCore,
  entries: readonly SessionEntry[],
  opened: string,
): Promise<SessionEntry[]> {
  const { sessionPolicy, now } = core;
  const time = now();
  const others = entries.filter(({ hash }) => hash !== opened);
  const newest = others
    .filter(({ expiresAt }) => expiresAt > time)
    .sort((a, b) => b.createdAt - a.createdAt)
    .slice(0, mostRead - 1);
  // A session that was opened a short while ago can't have been idle for long.
  const inUse = await mapBounded(
    newest,
    async (entry) => time - entry.createdAt < sessionPolicy.idleMs || (await isInUse(core, entry)),
  );
  const kept = newest.filter((_, index) => inUse[index]).slice(0, maxSessions - 1);
  return others.filter((entry) => !kept.includes(entry));
}
