import { days, minutes } from '../../test/support/clock.ts';
import { faults, platform } from './assumptions.ts';
import { createHistogram } from './histogram.ts';
import { type Measurements, type Series, snapshotMs } from './measurements.ts';
import { faultTimes, type Scenario } from './scenario.ts';

/** A figure for all users: over all samples, and the least and most of single samples. */
export interface Figure {
  value: number;
  least: number;
  most: number;
}

/** Seconds by which refreshes were late. */
export interface Lag {
  p50: Figure;
  p95: Figure;
  p99: Figure;
  longest: Figure;
}

export interface Recovery {
  fault: 'outage' | 'dead timer';
  /** Seconds by which the longest overdue user was late at the worst. */
  worstSeconds: number;
  /** Minutes from its end until nobody was overdue for five minutes, and for an hour on; null: never. */
  minutes: number | null;
}

export interface Summary {
  scenario: Scenario;
  samples: number;
  /** In each sample. */
  sampleUsers: number;
  /** Outside of faults and the hour after them. */
  quietLag: Lag;
  lag: Lag;
  /** Part of the hot users whose access token was expired at some time. */
  staleShare: Figure;
  /** Seconds for which it was. */
  staleness: Lag;
  /** Part of the hot users whose token was expired, at the worst moment outside of faults. */
  quietStaleShare: Figure;
  lapsed: number;
  /** In all users, at most so many lapse, with 95 % confidence, if none did in the samples. */
  lapsedAtMost: number;
  /** Operations a second: entities of tables, and requests of queues. */
  storageMean: Figure;
  storagePeakMinute: Figure;
  /** Of one partition, on average over them. */
  partitionPeakMinute: Figure;
  /** Part of the uses of tables that had to wait for a limit, or were given up. */
  delayedTableShare: Figure;
  queueDepthMost: Figure;
  tokenCallsMean: Figure;
  tokenCallsPeakMinute: Figure;
  /** Part of the token calls that were throttled. */
  throttledShare: Figure;
  /** Part of the requests of hot users that had no answer. */
  refusedShare: Figure;
  /** Instances of the worker that are busy. */
  instancesMean: Figure;
  instancesPeakMinute: Figure;
  recoveries: Recovery[];
  /** Seconds of the longest overdue user in any sample, by five minutes. */
  longestOverdue: number[];
}

const shardCount = 16;

export function summarize(
  scenario: Scenario,
  sampleUsers: number,
  samples: readonly Measurements[],
): Summary {
  const share = sampleUsers / scenario.users;
  const lengthMs = scenario.days * days;
  const hot = Math.max(1, Math.round(sampleUsers * scenario.hotShare));
  const figure = (of: (sample: Measurements) => number): Figure => {
    const values = samples.map(of);
    return { value: mean(values), least: Math.min(...values), most: Math.max(...values) };
  };
  const perSecond = (values: Float64Array) => sum(values) / share / (lengthMs / 1000);
  /** The highest minute's sum, of the users' part and of what does not grow with users. */
  const peak = ({ series }: Measurements, name: Series, fixed?: Series) =>
    series[name].reduce(
      (most, value, at) => Math.max(most, value / share + (fixed ? (series[fixed][at] ?? 0) : 0)),
      0,
    ) / 60;
  const instances = (busyMs: number, ms: number) => busyMs / share / ms / platform.batchSize;
  const storagePeakMinute = figure((sample) => peak(sample, 'storage', 'fixedStorage'));
  const longestOverdue = Array.from({ length: Math.ceil(lengthMs / snapshotMs) }, (_, at) =>
    Math.round(Math.max(...samples.map(({ series }) => series.longestOverdueMs[at] ?? 0)) / 1000),
  );
  const quiet = quietSnapshots(scenario);
  return {
    ...{ scenario, samples: samples.length, sampleUsers, longestOverdue, storagePeakMinute },
    quietLag: lagOf(samples.map(({ quietLag }) => quietLag)),
    lag: lagOf(samples.map(({ lag }) => lag)),
    staleShare: figure(({ staleUsers }) => staleUsers / hot),
    staleness: lagOf(samples.map(({ staleness }) => staleness)),
    quietStaleShare: figure(
      ({ series }) =>
        series.stale.reduce((most, n, at) => (quiet(at) ? Math.max(most, n) : most), 0) / hot,
    ),
    lapsed: samples.reduce((total, { lapsed }) => total + lapsed, 0),
    // The rule of three. @see https://en.wikipedia.org/wiki/Rule_of_three_(statistics)
    lapsedAtMost: Math.ceil((3 / (sampleUsers * samples.length)) * scenario.users),
    storageMean: figure(
      ({ series }) => perSecond(series.storage) + sum(series.fixedStorage) / (lengthMs / 1000),
    ),
    partitionPeakMinute: scaled(storagePeakMinute, 1 / shardCount),
    delayedTableShare: figure(({ totals }) => totals.delayedTableUses / totals.tableUses),
    queueDepthMost: figure(
      ({ series }) => series.queueDepth.reduce((a, b) => Math.max(a, b)) / share,
    ),
    tokenCallsMean: figure(({ series }) => perSecond(series.tokenCalls)),
    tokenCallsPeakMinute: figure((sample) => peak(sample, 'tokenCalls')),
    throttledShare: figure(({ totals }) => totals.throttledCalls / totals.tokenCalls),
    refusedShare: figure(({ totals }) => totals.refusedRequests / Math.max(1, totals.requests)),
    instancesMean: figure(({ series }) => instances(sum(series.busyMs), lengthMs)),
    instancesPeakMinute: figure((sample) =>
      instances(peak(sample, 'busyMs') * 60 * share, minutes),
    ),
    recoveries: recoveriesIn(scenario, longestOverdue),
  };
}

function recoveriesIn(scenario: Scenario, longestOverdue: readonly number[]): Recovery[] {
  const { outageAt, deadTimerAt } = faultTimes(scenario);
  const promptSeconds = faults.promptMs / 1000;
  const end = longestOverdue.length;
  const recovery = (fault: Recovery['fault'], from: number, to: number, next: number): Recovery => {
    const [first, last, until] = [from, to, next].map((ms) => Math.floor(ms / snapshotMs));
    const after = longestOverdue.slice(last, until);
    const isPromptFrom = (at: number) => {
      const hour = after.slice(at, at + faults.recoveryMs / snapshotMs);
      return hour.length > 0 && hour.every((seconds) => seconds < promptSeconds);
    };
    const promptAt = after.findIndex((_, at) => isPromptFrom(at));
    return {
      fault,
      worstSeconds: Math.max(...longestOverdue.slice(first, until)),
      minutes: promptAt < 0 ? null : (promptAt * snapshotMs) / minutes,
    };
  };
  return [
    recovery('outage', outageAt, outageAt + faults.outageMs, deadTimerAt),
    recovery('dead timer', deadTimerAt, deadTimerAt + faults.deadTimerMs, end * snapshotMs),
  ];
}

function quietSnapshots(scenario: Scenario): (at: number) => boolean {
  const { outageAt, deadTimerAt } = faultTimes(scenario);
  const within = (ms: number, from: number, length: number) =>
    ms >= from && ms < from + length + faults.recoveryMs;
  return (at) => {
    const ms = at * snapshotMs;
    const isTroubled =
      within(ms, outageAt, faults.outageMs) || within(ms, deadTimerAt, faults.deadTimerMs);
    return ms >= 2 * faults.recoveryMs && !isTroubled;
  };
}

function lagOf(counts: readonly Float64Array[]): Lag {
  const all = createHistogram();
  const single = counts.map((each) => {
    const histogram = createHistogram();
    histogram.merge(each);
    all.merge(each);
    return histogram;
  });
  const at = (share: number): Figure => {
    const values = single.map((histogram) => histogram.quantile(share) / 1000);
    return {
      value: all.quantile(share) / 1000,
      least: Math.min(...values),
      most: Math.max(...values),
    };
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), longest: at(1) };
}

function scaled({ value, least, most }: Figure, by: number): Figure {
  return { value: value * by, least: least * by, most: most * by };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function sum(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}
