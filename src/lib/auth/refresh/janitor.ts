import { mapBounded } from '../../basics/lists.ts';
import { UnusableError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { DueMark } from '../ports.ts';
import type { FoundSession } from '../session/ports.ts';
import { type EndingCore, endDeadSessions } from '../session/sign-out.ts';
import { describeFault } from '../tokens/token-error.ts';
import { isStale, markedBy } from './due-mark.ts';
import type { JanitorRun } from './ports.ts';

type JanitorCore = EndingCore &
  Pick<Core, 'states' | 'devices' | 'heartbeats' | 'rotateKeys' | 'log'>;

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** States and device codes are of use for as long as their sign-in may come back. */
const keepStatesMs = 2 * hourMs;
/** So long after the last session back ends are told why there are no tokens. */
const keepEndedMs = 30 * dayMs;
const keepCountsMs = 2 * hourMs;

/**
 * Deletes what has had its time, by its day or hour, never by looking at everything: sessions, the
 * tokens of users whose last session went with it (unless they are retained), states, device
 * sign-ins, and tokens of ended sign-ins without a session. Leaves its figures with the heartbeats.
 *
 * @throws the first step's error, after all the other steps; then it leaves no figures.
 */
export async function clean(core: JanitorCore): Promise<JanitorRun> {
  const { states, devices, heartbeats, now } = core;
  const startedAt = now();
  const sessions = await settled(endExpiredSessions(core, startedAt));
  const ended = await settled(deleteEndedTokens(core, startedAt));
  const removedStates = await settled(states.removeBefore(startedAt - keepStatesMs));
  const rotatedKeys = await settled(core.rotateKeys());
  const removedDevices = await settled(devices.removeBefore(startedAt - keepStatesMs));
  const counts = await settled(heartbeats.deleteBefore(startedAt - keepCountsMs));
  counts();
  removedDevices();
  rotatedKeys();
  const run = {
    at: startedAt,
    sessions: sessions().count,
    states: removedStates(),
    users: sessions().users + ended(),
    durationMs: now() - startedAt,
  };
  await heartbeats.writeJanitor(run);
  return run;
}

/** What a step brought, or threw, for when it is asked for. */
function settled<T>(step: Promise<T>): Promise<() => T> {
  return step.then(
    (value) => () => value,
    (error) => () => {
      throw error;
    },
  );
}

async function endExpiredSessions(
  core: JanitorCore,
  now: number,
): Promise<{ count: number; users: number }> {
  let count = 0;
  let users = 0;
  for await (const page of core.sessions.expired(now)) {
    const ended = await mapBounded(page, (session) => endExpired(core, session, now));
    count += ended.filter((each) => each !== 'failed').length;
    users += ended.filter((each) => each === 'forgotten').length;
  }
  return { count, users };
}

/** The session goes last: if anything before it fails, the next run finds it again. */
async function endExpired(
  { tokens, sessions, refreshPolicy, log }: JanitorCore,
  { user, ...place }: FoundSession,
  now: number,
): Promise<'ended' | 'forgotten' | 'failed'> {
  try {
    const { retainMs } = refreshPolicy;
    const forgotten = user && (await tokens.signOut(user, [place.key.hash], { now, retainMs }));
    await sessions.remove([place]);
    return forgotten ? 'forgotten' : 'ended';
  } catch (error) {
    log.warn('session-not-ended', describeFault(error));
    return 'failed';
  }
}

async function deleteEndedTokens(core: JanitorCore, now: number): Promise<number> {
  const { tokens, log } = core;
  let users = 0;
  const unlessFailed = (work: Promise<void>) =>
    work.catch((error) => log.warn('tokens-not-deleted', describeFault(error)));
  const deleteMarked = async (mark: DueMark) => {
    try {
      if (await deleteEnded(core, mark, now)) users += 1;
    } catch (error) {
      if (!(error instanceof UnusableError)) throw error;
      await tokens.postponeMark(mark, () => now + dayMs);
    }
  };
  const cleanShard = async (shard: string) => {
    for await (const page of tokens.due(shard, 'reauth_required', now)) {
      for (const mark of page) await unlessFailed(deleteMarked(mark));
    }
  };
  for (const shard of tokens.shards) await unlessFailed(cleanShard(shard));
  return users;
}

/** While the user still has a session, or the reason is of use: looked at again a day later. */
async function deleteEnded(core: JanitorCore, mark: DueMark, now: number): Promise<boolean> {
  const { tokens, refreshPolicy } = core;
  const status = await tokens.readStatus(mark.user, mark.flow);
  if (isStale(mark, status)) {
    await tokens.dropStaleMark(mark);
    return false;
  }
  if (await endDeadSessions(core, mark.user)) return true;
  // The end of the sessions may have been noted just now.
  const present = await tokens.readStatus(mark.user, mark.flow);
  if (!present) return false;
  if (present.sessionsEndAt + Math.min(refreshPolicy.retainMs, keepEndedMs) <= now) {
    await tokens.remove(markedBy(present, mark));
    return true;
  }
  await tokens.changeStatus(markedBy(present, mark), { dueAt: now + dayMs });
  return false;
}
