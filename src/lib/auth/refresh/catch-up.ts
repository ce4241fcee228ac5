import type { Clock, Log } from '../ports.ts';
import { describeFault } from '../token-error.ts';
import type { HeartbeatStore } from './ports.ts';
import { type SweepDependencies, sweep } from './sweep.ts';

export interface CatchUpDependencies extends SweepDependencies {
  heartbeats: HeartbeatStore;
  /** When the timer should have run at the latest. */
  staleBefore: (now: number) => number;
  /** Until when the timer may not yet have run since the process started. */
  startingUntil: () => number;
  now: Clock;
  log: Log;
}

/** One instance looks, and all instances together sweep, at most once in this time. */
const intervalMs = 60_000;

/**
 * Makes up for a timer that does not run: to be called with every request. It returns at once; now
 * and then it looks at the heartbeat, and if that is stale, sweeps on the side.
 */
export function createCatchUp(dependencies: CatchUpDependencies): () => void {
  const { now, log } = dependencies;
  let lookAt = 0;
  return () => {
    if (now() < lookAt) return;
    lookAt = now() + intervalMs;
    catchUp(dependencies).catch((error) => log.warn('catch-up-failed', describeFault(error)));
  };
}

async function catchUp(dependencies: CatchUpDependencies): Promise<void> {
  const { heartbeats, staleBefore, startingUntil, now, log } = dependencies;
  const time = now();
  if (time < startingUntil()) return;
  const last = await heartbeats.read(time);
  if ((last.sweep?.at ?? 0) >= staleBefore(time)) return;
  if ((last.catchUp?.at ?? 0) > time - intervalMs) return;
  const { due, enqueued } = await sweep(dependencies, 'request');
  log.warn('timer-late', { due, enqueued });
}
