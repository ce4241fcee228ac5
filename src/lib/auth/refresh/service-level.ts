import type { components } from '../../../web/openapi.d.ts';
import { iso } from '../../basics/time-text.ts';
import type { Core } from '../core.ts';
import { countPeriodMs } from './counter.ts';
import { isOutage } from './outage.ts';

/** The answer of `GET /health/refresh`. Counts are of the last hour, to within ten minutes. */
export type ServiceLevel = components['schemas']['ServiceLevel'];

type ServiceProblem = ServiceLevel['problems'][number];

/** While the app was stopped nobody swept: that shows until the timer has run, and proves nothing. */
const excusedAtStart: ReadonlySet<ServiceProblem> = new Set<ServiceProblem>([
  'sweep_late',
  'overdue',
]);

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
  const all = (Object.keys(found) as ServiceProblem[]).filter((problem) => found[problem]);
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

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
