import { days } from '../../../test/support/clock.ts';
import { refreshPolicy } from '../../../test/support/refresh-policy.ts';
import type { AppFunction } from '../../../tools/infra/app-functions.ts';
import { meanIntervalMs } from '../scenario.ts';
import type { CostAssumptions } from './assumptions.ts';
import type { Deployment } from './deployment.ts';
import { monthDays, monthHours, monthMinutes } from './month.ts';

/** How often things happen in a month: the same work as in the simulation, without faults. */
export interface Executions {
  requests: number;
  signIns: number;
  /** Of the availability test, whoever else calls or doesn't. */
  healthChecks: number;
  refreshes: number;
  /** Those of the refreshes that keep tokens of absent users alive. */
  keepAlives: number;
}

export function monthlyExecutions(
  users: number,
  { healthChecks }: Deployment,
  assumptions: CostAssumptions,
): Executions {
  const hot = users * assumptions.hotShare;
  const hotRefreshes = (hot * monthDays * days) / meanIntervalMs();
  const keepAlives = ((users - hot) * monthDays * days) / (0.95 * refreshPolicy.keepAliveMs);
  return {
    requests: hot * assumptions.requestsPerHotUserPerDay * monthDays,
    signIns: hot * assumptions.signInsPerHotUserPerDay * monthDays,
    refreshes: hotRefreshes + keepAlives,
    ...{ healthChecks, keepAlives },
  };
}

/** Runs of timers: `REFRESH_SCHEDULE`'s default, and the schedule in `src/functions/janitor.ts`. */
const timerRuns: Readonly<Record<string, number>> = {
  'refresh-sweep': monthMinutes,
  janitor: monthHours,
};

/**
 * How often a function is executed in a month. Requests stand for all calls of users, as `/me`; a
 * sign-in is one `/login` and one `/callback`; no message fails so often that it is put away.
 *
 * @throws Error for a timer or a queue whose work the model doesn't know.
 */
export function executionsOf({ name, trigger }: AppFunction, work: Executions): number {
  if (trigger === 'http') return httpExecutions[name]?.(work) ?? 0;
  const count = { ...timerRuns, 'refresh-worker': work.refreshes, 'refresh-poison': 0 }[name];
  if (count === undefined) throw new Error(`Say in executions.ts how often ${name} runs.`);
  return count;
}

const httpExecutions: Readonly<Record<string, (work: Executions) => number>> = {
  me: ({ requests }) => requests,
  login: ({ signIns }) => signIns,
  callback: ({ signIns }) => signIns,
  'health-refresh': ({ healthChecks }) => healthChecks,
};
