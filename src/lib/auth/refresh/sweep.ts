import type { Clock, Heartbeat, HeartbeatStore, RefreshQueue, TokenStore } from '../ports.ts';

export interface SweepDependencies {
  tokens: TokenStore;
  queue: RefreshQueue;
  heartbeats: HeartbeatStore;
  now: Clock;
}

/**
 * Hands every user that is due by now to the workers, and leaves a heartbeat. Marks stay until the
 * worker's write moves them, so that a lost message is made up for by the next sweep, and two
 * sweeps at once do no harm.
 *
 * @throws the first shard's error, after all the other shards were swept.
 */
export async function sweep(dependencies: SweepDependencies): Promise<Heartbeat> {
  const { tokens, queue, heartbeats, now } = dependencies;
  const startedAt = now();
  let due = 0;
  let enqueued = 0;
  const shards = await Promise.allSettled(
    tokens.shards.map(async (shard) => {
      for await (const page of tokens.due(shard, startedAt)) {
        due += page.length;
        await queue.send(page);
        enqueued += page.length;
      }
    }),
  );
  const heartbeat = { at: startedAt, due, enqueued, durationMs: now() - startedAt };
  // A sweep that saw nothing is none.
  if (shards.some(({ status }) => status === 'fulfilled')) await heartbeats.write(heartbeat);
  for (const shard of shards) if (shard.status === 'rejected') throw shard.reason;
  return heartbeat;
}
