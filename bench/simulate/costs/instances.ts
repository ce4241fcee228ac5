import type { CostAssumptions } from './assumptions.ts';
import type { Deployment } from './deployment.ts';
import { type Executions, executionsOf } from './executions.ts';
import { monthMinutes, monthSeconds } from './month.ts';
import { groupOf } from './scaling-groups.ts';

/** What a scaling group does in a month. */
export interface GroupWork {
  group: string;
  executions: number;
  /** For which its instances execute something, all instances added up. */
  busySeconds: number;
  /** Always-ready instances. */
  ready: number;
  /** Instances that there are on average, busy or not. */
  running: number;
}

/** An active period of an instance is billed for so long at least, in seconds. */
const leastBilled = 1;

export function workOfGroups(
  deployment: Deployment,
  work: Executions,
  assumptions: CostAssumptions,
): GroupWork[] {
  return [...deployment.ready].map(([group, ready]) => {
    const executions = deployment.functions
      .filter((each) => groupOf(each) === group)
      .reduce((total, each) => total + executionsOf(each, work), 0);
    const instances = Math.max(1, ready);
    const busySeconds =
      executions === 0 ? 0 : busySecondsOf(group, { executions, instances, work, assumptions });
    // An on-demand instance that has work every few minutes stays.
    const running = Math.max(ready, Math.ceil(busySeconds / monthSeconds));
    return { group, executions, busySeconds, ready, running };
  });
}

interface GroupLoad {
  executions: number;
  /** Over which the executions are spread. */
  instances: number;
  work: Executions;
  assumptions: CostAssumptions;
}

function busySecondsOf(group: string, load: GroupLoad): number {
  const { executions, instances, work, assumptions } = load;
  switch (group) {
    case 'http':
      return spread(
        executions,
        instances,
        assumptions.secondsPerRequest / assumptions.requestsAtOnce,
      );
    case 'function:refresh-worker':
      return inBursts(
        executions,
        instances,
        assumptions.secondsPerRefresh / assumptions.refreshesAtOnce,
      );
    case 'function:refresh-sweep':
      return Math.max(executions * leastBilled, work.refreshes / assumptions.messagesSentPerSecond);
    case 'function:janitor':
      return executions * assumptions.secondsPerJanitorRun;
    default:
      throw new Error(`Say in instances.ts how long the functions of ${group} take.`);
  }
}

/** Executions at any time: a lonely one is billed for the least, many share an instance. */
function spread(executions: number, instances: number, seconds: number): number {
  const perSecond = executions / monthSeconds;
  const lonely = instances * (1 - Math.exp((-perSecond * leastBilled) / instances));
  return monthSeconds * Math.max(lonely * leastBilled, perSecond * seconds);
}

/** Executions that come together, once a minute. */
function inBursts(executions: number, instances: number, seconds: number): number {
  const perMinute = executions / monthMinutes;
  const used = instances * (1 - Math.exp(-perMinute / instances));
  return monthMinutes * Math.max(used * leastBilled, perMinute * seconds);
}
