import type { Core } from '../core.ts';
import type { DueMark, TokenStore } from '../ports.ts';
import type { Heartbeat } from './ports.ts';
import { chooseByTurns, largestTenants } from './turns.ts';

export type SweepCore = Pick<Core, 'tokens' | 'queue' | 'heartbeats' | 'refreshPolicy' | 'now'>;

/** Seconds of the budget's work that may still wait in the queue for more to be put in. */
const deepQueueSeconds = 20;
/** Seconds of the budget's work that one sweep hands over at most, with what waits already. */
const sweepSeconds = 60;
/** The same for a sweep on the side, which must not slow down the caller. */
const catchUpSeconds = 15;
/** Pages of a shard that a sweep reads past what fills its room, to look for those behind. */
const furtherPages = 7;

/**
 * Sends due users to the workers, the longest overdue first and tenants in turn, and writes a heartbeat. A mark
 * stays until the worker's write moves it. So the next sweep makes up for a lost message, missed runs need no
 * making up, and two concurrent sweeps do no harm. While the queue is deep, nothing is sent: the marks are the
 * backlog.
 *
 * @throws the first shard's error, after all the other shards were swept. A sweep that missed a
 *   shard leaves no heartbeat.
 */
export async function sweep(
  core: SweepCore,
  by: 'timer' | 'request' = 'timer',
): Promise<Heartbeat> {
  const { tokens, queue, heartbeats, refreshPolicy, now } = core;
  const { budgetPerSecond } = refreshPolicy;
  const startedAt = now();
  const depth = await queue.depth();
  const isDeep = depth > deepQueueSeconds * budgetPerSecond;
  const limit =
    by === 'timer' ? sweepSeconds * budgetPerSecond - depth : catchUpSeconds * budgetPerSecond;
  const room = isDeep ? 0 : Math.max(0, Math.ceil(limit / tokens.shards.length));
  const shards = await Promise.allSettled(
    tokens.shards.map((shard) => sweepShard(core, { shard, upTo: startedAt, room })),
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

/** A shard's part of a sweep. */
interface ShardSweep {
  shard: string;
  upTo: number;
  /** Users to hand over at most. */
  room: number;
}

async function sweepShard(
  { tokens, queue, refreshPolicy }: SweepCore,
  { shard, upTo, room }: ShardSweep,
): Promise<{ due: number; enqueued: number; oldest: number | undefined }> {
  const due = await readDue(tokens, { shard, upTo, room });
  const handed = chooseByTurns(due, room, refreshPolicy.random);
  await queue.send(handed);
  return { due: due.length, enqueued: handed.length, oldest: due[0]?.dueAt };
}

/**
 * Reads until there is no more room. If other users may be behind, it reads on: past marks that were all
 * postponed, and then past the tenants that fill the front.
 *
 * @returns the longest overdue marks, and behind them the longest overdue of further tenants.
 */
async function readDue(tokens: TokenStore, range: ShardSweep): Promise<readonly DueMark[]> {
  const { shard, upTo, room } = range;
  const front: DueMark[] = [];
  let pagesPast = 0;
  for await (const page of tokens.due(shard, 'active', upTo)) {
    front.push(...page);
    if (front.length < room) continue;
    pagesPast += 1;
    const hasUntried = front.some(({ postponed }) => postponed === undefined);
    if (room === 0 || hasUntried || pagesPast > furtherPages) break;
  }
  if (room === 0 || front.length < room) return front;
  return readPast(tokens, range, front);
}

/** Finds further tenants by excluding those found so far, until there are none. */
async function readPast(
  tokens: TokenStore,
  { shard, upTo }: ShardSweep,
  front: readonly DueMark[],
): Promise<readonly DueMark[]> {
  const found = new Map(front.map((mark) => [keyOf(mark), mark]));
  let except: string[] = [];
  for (let pages = 0; pages < furtherPages; ) {
    const largest = largestTenants([...found.values()]);
    if (largest.every((tenantId) => except.includes(tenantId))) break;
    except = largest;
    const known = found.size;
    for await (const page of tokens.due(shard, 'active', upTo, except)) {
      pages += 1;
      for (const mark of page) found.set(keyOf(mark), mark);
      if (found.size > known || pages >= furtherPages) break;
    }
    if (found.size === known) break;
  }
  return [...found.values()];
}

function keyOf({ user, flow, dueAt }: DueMark): string {
  return `${user}|${flow}|${dueAt}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
