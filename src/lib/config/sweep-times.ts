import { thirdLastRun, twoIntervalsAfter } from './ncrontab.ts';

/** Milliseconds: a sweep is late only after this time, however often the timer runs. */
const leastStaleMs = 3 * 60 * 1000;

/**
 * What a timer's schedule says about sweeps. Computed when it is first asked for: no start needs it.
 *
 * @param timeZone in which the Functions host reads the schedule.
 * @param startedAt when the process was loaded.
 */
export function createSweepTimes(
  { schedule, timeZone }: { schedule: string; timeZone: string },
  startedAt: number,
) {
  let runBefore: ((now: number) => number) | undefined;
  return {
    staleBefore(now: number): number {
      runBefore ??= thirdLastRun(schedule, timeZone);
      return Math.min(runBefore(now), now - leastStaleMs);
    },
    startingUntil: twoIntervalsAfter({ schedule, timeZone }, startedAt),
  };
}
