import { minutes } from '../../test/support/clock.ts';
import { faults } from './assumptions.ts';
import { createHistogram } from './histogram.ts';
import { faultTimes, type Scenario } from './scenario.ts';

/** Snapshots of who is overdue, and who is stale, are taken so often. */
export const snapshotMs = 5 * minutes;

/** What a sample counts. Numbers are of its own users; those that don't grow with users are in `fixed`. */
export interface Measurements {
  /** Refreshes by how late they were, outside of faults and the hour after them. */
  quietLag: Float64Array;
  /** All of them. */
  lag: Float64Array;
  /** Times for which hot users' access tokens were expired before they were refreshed. */
  staleness: Float64Array;
  /** Hot users to whom that happened. */
  staleUsers: number;
  /** Refresh tokens that were not used in time. */
  lapsed: number;
  totals: Record<Total, number>;
  series: Record<Series, Float64Array>;
}

const totals = [
  ...['refreshes', 'tokenCalls', 'throttledCalls', 'requests', 'refusedRequests'],
  ...['tableRequests', 'tableUses', 'delayedTableUses'],
] as const;
type Total = (typeof totals)[number];

/** By minute. */
const perMinute = ['storage', 'fixedStorage', 'queueDepth', 'busyMs', 'tokenCalls'] as const;
/** By snapshot: milliseconds of who is longest overdue, and numbers of users. */
const perSnapshot = ['longestOverdueMs', 'late', 'stale'] as const;
export type Series = (typeof perMinute)[number] | (typeof perSnapshot)[number];

export interface Meter {
  readonly measurements: Measurements;
  count(total: Total, by?: number): void;
  /** Adds to the minute that it is. */
  add(series: (typeof perMinute)[number], by: number): void;
  /** Spreads the time from then to now over its minutes. @param part of it that counts. */
  busySince(then: number, part: number): void;
  /** Keeps the highest of the minute that it is. */
  highest(series: 'queueDepth', value: number): void;
  snapshot(values: Record<(typeof perSnapshot)[number], number>): void;
  refreshed(lateMs: number): void;
  stale(ms: number): void;
  /** Whether it is neither a fault nor the time after one, nor the beginning. */
  isQuiet(): boolean;
}

/** The population is not in its stride before. */
const warmUpMs = 120 * minutes;

export function createMeter(
  scenario: Pick<Scenario, 'days'>,
  { start, now }: { start: number; now: () => number },
): Meter {
  const minuteCount = scenario.days * 24 * 60;
  const snapshotCount = Math.ceil((minuteCount * minutes) / snapshotMs);
  const quietLag = createHistogram();
  const lag = createHistogram();
  const staleness = createHistogram();
  const list = (names: readonly Series[], length: number) =>
    names.map((name) => [name, new Float64Array(length)]);
  const series = Object.fromEntries([
    ...list(perMinute, minuteCount),
    ...list(perSnapshot, snapshotCount),
  ]) as Measurements['series'];
  const { outageAt, deadTimerAt } = faultTimes(scenario);
  const troubled = [
    [outageAt, outageAt + faults.outageMs + faults.recoveryMs],
    [deadTimerAt, deadTimerAt + faults.deadTimerMs + faults.recoveryMs],
  ] as const;
  const measurements: Measurements = {
    quietLag: quietLag.counts,
    lag: lag.counts,
    staleness: staleness.counts,
    staleUsers: 0,
    lapsed: 0,
    totals: Object.fromEntries(totals.map((name) => [name, 0])) as Measurements['totals'],
    series,
  };

  const minute = () => Math.floor((now() - start) / minutes);

  function isQuiet(): boolean {
    const elapsed = now() - start;
    return elapsed >= warmUpMs && !troubled.some(([from, to]) => elapsed >= from && elapsed < to);
  }

  return {
    measurements,
    isQuiet,
    count(total, by = 1) {
      measurements.totals[total] += by;
    },
    add(name, by) {
      const values = series[name];
      const at = minute();
      values[at] = (values[at] ?? 0) + by;
    },
    busySince(then, part) {
      const values = series.busyMs;
      for (let from = then - start; from < now() - start; ) {
        const at = Math.floor(from / minutes);
        const to = Math.min(now() - start, (at + 1) * minutes);
        values[at] = (values[at] ?? 0) + (to - from) * part;
        from = to;
      }
    },
    highest(name, value) {
      const values = series[name];
      const at = minute();
      values[at] = Math.max(values[at] ?? 0, value);
    },
    snapshot(values) {
      const at = Math.floor((now() - start) / snapshotMs);
      for (const name of perSnapshot) series[name][at] = values[name];
    },
    refreshed(lateMs) {
      if (now() - start < warmUpMs) return;
      lag.add(lateMs);
      if (isQuiet()) quietLag.add(lateMs);
    },
    stale: (ms) => staleness.add(ms),
  };
}
