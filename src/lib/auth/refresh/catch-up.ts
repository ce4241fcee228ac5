import type { Core } from '../core.ts';
import { describeFault } from '../tokens/token-error.ts';
import { type SweepCore, sweep } from './sweep.ts';

type CatchUpCore = SweepCore & Pick<Core, 'sweepTimes' | 'log'>;

/** Milliseconds between checks of one instance, and between such sweeps of all instances together. */
const intervalMs = 60_000;

/**
 * Makes up for a timer that does not run. Every request calls it. It returns at once; once a minute it checks
 * the timer's heartbeat in the background, and sweeps if that is stale.
 */
export function createCatchUp(core: CatchUpCore): () => void {
  const { now, log } = core;
  let lookAt = 0;
  return () => {
    if (now() < lookAt) return;
    lookAt = now() + intervalMs;
    catchUp(core).catch((error) => log.warn('catch-up-failed', describeFault(error)));
  };
}

async function catchUp(core: CatchUpCore): Promise<void> {
  const { heartbeats, sweepTimes, now, log } = core;
  const time = now();
  if (time < sweepTimes.startingUntil()) return;
  const last = await heartbeats.read(time);
  if ((last.sweep?.at ?? 0) >= sweepTimes.staleBefore(time)) return;
  if ((last.catchUp?.at ?? 0) > time - intervalMs) return;
  const { due, enqueued } = await sweep(core, 'request');
  log.warn('timer-late', { due, enqueued });
}
