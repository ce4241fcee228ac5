import { days, minutes } from '../../test/support/clock.ts';
import { refreshPolicy } from '../../test/support/refresh-policy.ts';
import { people } from './assumptions.ts';
import {
  absentUse,
  messageUse,
  refreshUse,
  requestUse,
  signInUse,
  sweepUse,
} from './operations.ts';
import type { Priced, PriceFile } from './prices.ts';
import { meanIntervalMs, refreshMs } from './scenario.ts';

export interface CostAssumptions {
  /** Part of the users who come every day. */
  hotShare: number;
  requestsPerHotUserPerDay: number;
  signInsPerHotUserPerDay: number;
  /** For which a request occupies its instance. */
  secondsPerRequest: number;
  secondsPerRefresh: number;
  /** Requests that a busy instance answers at the same time, on average. */
  requestsAtOnce: number;
  refreshesAtOnce: number;
  instanceMemoryGb: number;
  /** Kept whether or not there is work: `alwaysReady` of `main.prod.bicepparam` has 4. */
  alwaysReadyInstances: number;
  instanceStartsPerDay: number;
  /** All of a user's rows. */
  bytesPerUser: number;
  /** Logged for each execution: the host's line and ours. */
  logBytesPerExecution: number;
}

/** None of it was measured in Azure. */
export const costAssumptions: CostAssumptions = {
  hotShare: 0.1,
  requestsPerHotUserPerDay: people.requestsPerDay,
  signInsPerHotUserPerDay: 1,
  secondsPerRequest: 0.2,
  secondsPerRefresh: refreshMs / 1000,
  requestsAtOnce: 4,
  refreshesAtOnce: 16,
  instanceMemoryGb: 2,
  alwaysReadyInstances: 0,
  instanceStartsPerDay: 100,
  bytesPerUser: 8_000,
  logBytesPerExecution: 2_000,
};

export interface CostItem {
  item: string;
  priced: Priced;
  /** A month. */
  quantity: number;
  cost: number;
}

const monthDays = 365 / 12;
const monthSeconds = (monthDays * days) / 1000;
const monthMinutes = (monthDays * days) / minutes;
/** Data keys in use: each instance unwraps them when it starts. */
const dataKeys = 2;
/** An idle host looks into its queue every five seconds. */
const pollsPerMinute = 12;
/** An active period of an instance is billed for so long at least. */
const leastBilledSeconds = 1;
const messagesSentPerSecond = 500;

/** What a month costs, by item: the same work as in the simulation, without faults. */
export function monthlyCost(
  users: number,
  assumptions: CostAssumptions,
  { prices }: PriceFile,
): CostItem[] {
  const work = monthlyWork(users, assumptions);
  const item = (name: string, priced: Priced, quantity: number): CostItem => {
    const { price, per, free } = prices[priced];
    const cost = (Math.max(0, quantity - free) / per) * price;
    return { item: name, priced, quantity, cost };
  };
  const alwaysReadyGbs =
    assumptions.alwaysReadyInstances * assumptions.instanceMemoryGb * monthSeconds;
  return [
    item('function executions', 'executions', work.executions),
    item(
      'memory while busy, GB-s',
      'gigabyteSeconds',
      work.busySeconds * assumptions.instanceMemoryGb,
    ),
    item('memory kept ready, GB-s', 'alwaysReadyGigabyteSeconds', alwaysReadyGbs),
    item('table transactions', 'tableTransactions', work.tableTransactions),
    item('table storage, GB', 'tableGigabytes', (users * assumptions.bytesPerUser) / 1e9),
    item('queue transactions', 'queueTransactions', work.queueTransactions),
    item('Key Vault operations', 'keyVaultOperations', work.keyVaultOperations),
    item(
      'log ingestion, GB',
      'logGigabytes',
      (work.executions * assumptions.logBytesPerExecution) / 1e9,
    ),
  ];
}

/** What is done in a month. */
function monthlyWork(users: number, assumptions: CostAssumptions) {
  const hot = users * assumptions.hotShare;
  const requests = hot * assumptions.requestsPerHotUserPerDay * monthDays;
  const signIns = hot * assumptions.signInsPerHotUserPerDay * monthDays;
  const hotRefreshes = (hot * monthDays * days) / meanIntervalMs();
  const keepAlives = ((users - hot) * monthDays * days) / (0.95 * refreshPolicy.keepAliveMs);
  const refreshes = hotRefreshes + keepAlives;
  const sweeps = monthMinutes;
  const requestTables = requestUse.tableRequests + requestUse.activityRequests;
  return {
    // A sign-in is two requests: /login and /callback.
    executions: requests + 2 * signIns + refreshes + sweeps,
    busySeconds:
      busyWithRequests(requests + 2 * signIns, assumptions) +
      busyWithRefreshes(refreshes, assumptions) +
      busyWithSweeps(refreshes),
    tableTransactions:
      requests * requestTables +
      signIns * signInUse.tableRequests +
      refreshes * refreshUse.tableRequests +
      keepAlives * absentUse.tableRequests +
      sweeps * sweepUse.tableRequests,
    queueTransactions:
      refreshes * messageUse.queueRequests + sweeps * (sweepUse.queueRequests + pollsPerMinute),
    keyVaultOperations: assumptions.instanceStartsPerDay * monthDays * dataKeys,
  };
}

/** Requests that come at any time: a lonely one is billed for the least; many share an instance. */
function busyWithRequests(requests: number, assumptions: CostAssumptions): number {
  const perSecond = requests / monthSeconds;
  const busyShare = 1 - Math.exp(-perSecond * leastBilledSeconds);
  const instances = (perSecond * assumptions.secondsPerRequest) / assumptions.requestsAtOnce;
  return monthSeconds * Math.max(busyShare, instances);
}

/** Refreshes come once a minute, together. */
function busyWithRefreshes(refreshes: number, assumptions: CostAssumptions): number {
  const perMinute = refreshes / monthMinutes;
  const someShare = 1 - Math.exp(-perMinute);
  const seconds = (perMinute * assumptions.secondsPerRefresh) / assumptions.refreshesAtOnce;
  return monthMinutes * Math.max(someShare * leastBilledSeconds, seconds);
}

function busyWithSweeps(messages: number): number {
  return Math.max(monthMinutes * leastBilledSeconds, messages / messagesSentPerSecond);
}
