import type { Core } from '../core.ts';
import type { Clock, Log } from '../ports.ts';
import { describeFault } from '../tokens/token-error.ts';
import { logName, type UserHash } from '../user.ts';
import type { CountedOutcome, HeartbeatStore, MinuteCounts, RefreshCounts } from './ports.ts';

/** Counts are kept by periods of this many milliseconds. */
export const countPeriodMs = 10 * 60_000;
/** Milliseconds between a count and its write, which includes what was counted meanwhile. */
const writeAfterMs = 10_000;

export interface CounterOptions {
  heartbeats: HeartbeatStore;
  /** Names this process among the instances. */
  instance: string;
  now: Clock;
  /** Runs something later, without keeping the process alive for it. */
  later: (ms: number, run: () => void) => void;
  log: Log;
}

export const noCounts: RefreshCounts = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };

const minuteMs = 60_000;

/** What was counted since a time. */
interface Period {
  startedAt: number;
  counts: RefreshCounts;
  minutes: MinuteCounts[];
}

/** Counts the outcomes of this process's refreshes and stores the counts a few times a minute. */
export function createCounter(options: CounterOptions): Core['count'] {
  const { heartbeats, instance, now, later, log } = options;
  let period = newPeriod(0);
  let isWriting = false;

  function write({ startedAt, counts, minutes }: Period): void {
    heartbeats
      .writeCounts(instance, startedAt, { ...counts, minutes })
      .catch((error) => log.warn('counts-not-written', describeFault(error)));
  }

  return (outcome, user) => {
    const time = now();
    const startedAt = time - (time % countPeriodMs);
    if (startedAt !== period.startedAt) {
      if (isWriting) write(period);
      period = newPeriod(startedAt);
    }
    add(period, { outcome, user, at: time - (time % minuteMs) });
    if (isWriting) return;
    isWriting = true;
    later(writeAfterMs, () => {
      isWriting = false;
      write(period);
    });
  };
}

/** One for each minute, however many instances counted in it, the earliest first. */
export function addUpMinutes(counted: readonly MinuteCounts[]): MinuteCounts[] {
  const sums = new Map<number, MinuteCounts>();
  for (const { at, refreshed, failed, failedLast, expired, alone = [] } of counted) {
    const sum = sums.get(at) ?? emptyMinute(at);
    sum.refreshed += refreshed;
    sum.failed += failed;
    sum.failedLast += failedLast;
    sum.expired += expired;
    for (const name of alone) addAlone(sum, name);
    sums.set(at, sum);
  }
  return [...sums.values()].sort((a, b) => a.at - b.at);
}

function emptyMinute(at: number): MinuteCounts {
  return { at, refreshed: 0, failed: 0, failedLast: 0, expired: 0 };
}

function newPeriod(startedAt: number): Period {
  return { startedAt, counts: { ...noCounts }, minutes: [] };
}

/** The figure that an outcome adds to. */
export function countedAs(outcome: CountedOutcome): keyof RefreshCounts {
  return outcome === 'expired' || outcome === 'failed-alone' ? 'failed' : outcome;
}

/** Names of one minute that are kept: many more would say no more. */
const mostAlone = 10;

function addAlone(minute: MinuteCounts, name: string): void {
  minute.alone = [...new Set([...(minute.alone ?? []), name])].slice(0, mostAlone);
}

interface Counted {
  outcome: CountedOutcome;
  user: UserHash | undefined;
  at: number;
}

function add({ counts, minutes }: Period, { outcome, user, at }: Counted): void {
  const counted = countedAs(outcome);
  counts[counted] += 1;
  if (counted !== 'refreshed' && counted !== 'failed') return;
  let minute = minutes.at(-1);
  if (minute?.at !== at) {
    minute = emptyMinute(at);
    minutes.push(minute);
  }
  if (outcome === 'failed-alone') {
    if (user) addAlone(minute, logName(user));
    return;
  }
  minute[counted] += 1;
  minute.failedLast = counted === 'failed' ? minute.failedLast + 1 : 0;
  if (outcome === 'expired') minute.expired += 1;
}
