import type { Clock, Log } from '../ports.ts';
import { describeFault } from '../token-error.ts';
import type { HeartbeatStore, RefreshCounts } from './ports.ts';

/** Counts are kept by periods of this many milliseconds. */
export const countPeriodMs = 10 * 60_000;
/** Milliseconds from a count to its writing: what comes meanwhile is written with it. */
const writeAfterMs = 10_000;

export interface CounterDependencies {
  heartbeats: HeartbeatStore;
  /** Names this process among the instances. */
  instance: string;
  now: Clock;
  /** Runs something later, without keeping the process alive for it. */
  later: (ms: number, run: () => void) => void;
  log: Log;
}

export const noCounts: RefreshCounts = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };

/** Counts what becomes of refreshes here, and writes that down for all to see, a few times a minute. */
export function createCounter(
  dependencies: CounterDependencies,
): (outcome: keyof RefreshCounts) => void {
  const { heartbeats, instance, now, later, log } = dependencies;
  let period = { startedAt: 0, counts: { ...noCounts } };
  let isWriting = false;

  function write({ startedAt, counts }: typeof period): void {
    heartbeats
      .writeCounts(instance, startedAt, counts)
      .catch((error) => log.warn('counts-not-written', describeFault(error)));
  }

  return (outcome) => {
    const startedAt = Math.floor(now() / countPeriodMs) * countPeriodMs;
    if (startedAt !== period.startedAt) {
      if (isWriting) write(period);
      period = { startedAt, counts: { ...noCounts } };
    }
    period.counts[outcome] += 1;
    if (isWriting) return;
    isWriting = true;
    later(writeAfterMs, () => {
      isWriting = false;
      write(period);
    });
  };
}
