import type { Core } from '../core.ts';
import { countPeriodMs } from './counter.ts';
import { isOutage } from './outage.ts';
import type { RefreshCounts } from './ports.ts';

/**
 * What can be wrong: the timer does not run, the workers don't keep up, every refresh of the last
 * minutes has failed, Entra refuses the app.
 */
export const serviceProblems = ['sweep_late', 'overdue', 'failing', 'breaker_open'] as const;

export type ServiceProblem = (typeof serviceProblems)[number];

/** While the app was stopped nobody swept: that shows until the timer has run, and proves nothing. */
const excusedAtStart: ReadonlySet<ServiceProblem> = new Set<ServiceProblem>([
  'sweep_late',
  'overdue',
]);

/** The answer of `GET /health/refresh`. Counts are of the last hour, to within ten minutes. */
export interface ServiceLevel extends RefreshCounts {
  /** `starting`: what would be a problem is excused for now. Without meaning if there are problems. */
  status: 'ok' | 'starting';
  problems: ServiceProblem[];
  /** ISO 8601; null: never. */
  lastSweepAt: string | null;
  lastSweepAgeSeconds: number | null;
  /** The last sweep that a request made, because the timer's was late. */
  lastCatchUpAt: string | null;
  oldestOverdueSeconds: number;
  /** Users found due by the last sweep, in a backlog at least so many. */
  due: number;
  queueDepth: number;
  breaker: 'closed' | 'open';
  janitor: { lastRunAt: string; sessions: number; states: number; users: number } | null;
}

const countsMs = 60 * 60_000;
const longestOverdueMs = 300_000;

/** How well tokens are kept fresh, all instances together. */
export async function readServiceLevel({
  heartbeats,
  queue,
  sweepTimes,
  now,
}: Pick<Core, 'heartbeats' | 'queue' | 'sweepTimes' | 'now'>): Promise<ServiceLevel> {
  const time = now();
  const period = time - (time % countPeriodMs);
  const [figures, queueDepth] = await Promise.all([
    heartbeats.read(period - countsMs),
    queue.depth(),
  ]);
  const { sweep, catchUp, janitor, counts, breakerOpenUntil } = figures;
  const isStarting = time < sweepTimes.startingUntil();
  const latest = (sweep?.at ?? 0) >= (catchUp?.at ?? 0) ? sweep : catchUp;
  const oldestOverdueMs = latest?.oldestOverdueMs ?? 0;
  const isBreakerOpen = breakerOpenUntil > time;
  const found: Record<ServiceProblem, boolean> = {
    sweep_late: (sweep?.at ?? 0) < sweepTimes.staleBefore(time),
    overdue: oldestOverdueMs > longestOverdueMs,
    failing: isOutage(figures.minutes, time),
    breaker_open: isBreakerOpen,
  };
  const all = serviceProblems.filter((problem) => found[problem]);
  const problems = isStarting ? all.filter((problem) => !excusedAtStart.has(problem)) : all;
  return {
    status: problems.length < all.length ? 'starting' : 'ok',
    problems,
    lastSweepAt: sweep ? iso(sweep.at) : null,
    lastSweepAgeSeconds: sweep ? seconds(time - sweep.at) : null,
    lastCatchUpAt: catchUp ? iso(catchUp.at) : null,
    oldestOverdueSeconds: seconds(oldestOverdueMs),
    due: latest?.due ?? 0,
    queueDepth,
    ...counts,
    breaker: isBreakerOpen ? 'open' : 'closed',
    janitor: janitor
      ? {
          lastRunAt: iso(janitor.at),
          sessions: janitor.sessions,
          states: janitor.states,
          users: janitor.users,
        }
      : null,
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
