import type { Clock, DueMark, TokenStore } from '../ports.ts';
import type { Heartbeat, HeartbeatStore, RefreshQueue } from './ports.ts';

export interface SweepDependencies {
  tokens: TokenStore;
  queue: RefreshQueue;
  heartbeats: HeartbeatStore;
  /** Of one tenant; a sweep hands over so much work at a time. */
  budgetPerSecond: number;
  now: Clock;
  random: () => number;
}

/** Seconds of the budget's work that may still wait in the queue for more to be put in. */
const deepQueueSeconds = 20;
/** Seconds of the budget's work that one sweep hands over at most, with what waits already. */
const sweepSeconds = 60;
/** The same for a sweep on the side: it must not burden who calls, and yet get somewhere. */
const catchUpSeconds = 15;

/**
 * Hands users that are due by now to the workers, the longest overdue first, and leaves a
 * heartbeat. Marks stay until the worker's write moves them, so that a lost message is made up for
 * by the next sweep, runs that were missed need no making up, and two sweeps at once do no harm.
 * While the queue is deep nothing is put in: the marks are the backlog.
 *
 * @throws the first shard's error, after all the other shards were swept. A sweep that missed a
 *   shard leaves no heartbeat.
 */
export async function sweep(
  { tokens, queue, heartbeats, budgetPerSecond, now, random }: SweepDependencies,
  by: 'timer' | 'request' = 'timer',
): Promise<Heartbeat> {
  const startedAt = now();
  const depth = await queue.depth();
  const isDeep = depth > deepQueueSeconds * budgetPerSecond;
  const limit =
    by === 'timer' ? sweepSeconds * budgetPerSecond - depth : catchUpSeconds * budgetPerSecond;
  const room = isDeep ? 0 : Math.max(0, Math.ceil(limit / tokens.shards.length));
  const shards = await Promise.allSettled(
    tokens.shards.map((shard) =>
      sweepShard({ tokens, queue, random }, { shard, upTo: startedAt, room }),
    ),
  );
  const swept = shards.map((shard) => {
    if (shard.status === 'rejected') throw shard.reason;
    return shard.value;
  });
  const heartbeat = {
    at: startedAt,
    due: sum(swept.map(({ due }) => due)),
    enqueued: sum(swept.map(({ enqueued }) => enqueued)),
    oldestOverdueMs: Math.max(...swept.map(({ oldest }) => startedAt - (oldest ?? startedAt))),
    durationMs: now() - startedAt,
  };
  await heartbeats.writeSweep(by, heartbeat);
  return heartbeat;
}

/** Reads on only as long as there is room for what it finds. */
async function sweepShard(
  { tokens, queue, random }: Pick<SweepDependencies, 'tokens' | 'queue' | 'random'>,
  { shard, upTo, room }: { shard: string; upTo: number; room: number },
): Promise<{ due: number; enqueued: number; oldest: number | undefined }> {
  let due = 0;
  let enqueued = 0;
  let oldest: number | undefined;
  for await (const page of tokens.due(shard, 'active', upTo)) {
    oldest ??= page[0]?.dueAt;
    due += page.length;
    const handed = choose(page, room - enqueued, random);
    await queue.send(handed);
    enqueued += handed.length;
    if (enqueued >= room) break;
  }
  return { due, enqueued, oldest };
}

/**
 * As many as there is room for: half of them the longest overdue, half from anywhere among the
 * others. Marks that nobody can work on, and that stay in front, are in nobody's way.
 */
function choose(page: readonly DueMark[], room: number, random: () => number): DueMark[] {
  if (page.length <= room) return [...page];
  const front = Math.ceil(room / 2);
  const others = room - front;
  const start = front + Math.floor(random() * (page.length - front - others + 1));
  return [...page.slice(0, front), ...page.slice(start, start + others)];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
