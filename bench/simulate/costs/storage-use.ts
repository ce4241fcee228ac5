import host from '../../../host.json' with { type: 'json' };
import {
  absentUse,
  healthUse,
  messageUse,
  refreshUse,
  requestUse,
  signInUse,
  sweepUse,
} from '../operations.ts';
import { monthHours, monthMinutes } from './month.ts';
import type { Charge } from './prices.ts';
import type { Month } from './workload.ts';

/** How often an instance looks into an idle queue: the longest interval that `host.json` allows. */
const pollsPerMinute = 60 / secondsOf(host.extensions.queues.maxPollingInterval);

/** @param time as in `host.json`: `00:00:05` */
function secondsOf(time: string): number {
  return time.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
}

export function storageUse(month: Month): Charge[] {
  const { users, deployment, work, assumptions } = month;
  const { redundancy } = deployment;
  const { class1, class2 } = queueOperations(month);
  const written =
    work.refreshes * assumptions.bytesWrittenPerRefresh +
    work.signIns * assumptions.bytesWrittenPerSignIn;
  return [
    { item: 'table requests', priced: 'tableRequests', quantity: tableRequests(month) },
    {
      item: 'tables, GB',
      priced: `tableGigabytes${redundancy}`,
      quantity: (users * assumptions.bytesPerUser) / 1e9,
    },
    { item: 'queue operations, class 1', priced: `queueClass1${redundancy}`, quantity: class1 },
    { item: 'queue operations, class 2', priced: 'queueClass2', quantity: class2 },
    ...hostBlobs(month),
    {
      item: 'replicated to the other region, GB',
      priced: 'geoReplicatedGigabytes',
      quantity: redundancy === 'Gzrs' ? written / 1e9 : 0,
    },
  ];
}

export function tableRequests({ work, assumptions }: Month): number {
  return (
    work.requests * (requestUse.tableRequests + requestUse.activityRequests) +
    work.signIns * signInUse.tableRequests +
    work.refreshes * refreshUse.tableRequests +
    work.keepAlives * absentUse.tableRequests +
    work.healthChecks * healthUse.tableRequests +
    monthMinutes * sweepUse.tableRequests +
    monthHours * assumptions.janitorTableRequests
  );
}

/** Sending, taking and deleting a message are class 1; looking into the queue is class 2. */
export function queueOperations({ work, groups, deployment }: Month) {
  const queues = new Set(
    deployment.functions
      .filter(({ trigger }) => trigger === 'queue')
      .map(({ name }) => `function:${name}`),
  );
  const listening = groups
    .filter(({ group }) => queues.has(group))
    // Where no instance listens, the platform looks, to know when to start one.
    .reduce((total, { running }) => total + Math.max(1, running), 0);
  return {
    class1: work.refreshes * messageUse.queueRequests,
    class2:
      monthMinutes * (sweepUse.queueRequests + listening * pollsPerMinute) +
      work.healthChecks * healthUse.queueRequests,
  };
}

/** What the host does in its own containers: leases, and the status of timers. */
function hostBlobs({ groups, deployment, assumptions }: Month): Charge[] {
  const names = deployment.functions.flatMap(({ name, trigger }) =>
    trigger === 'timer' ? [`function:${name}`] : [],
  );
  const timers = groups.filter(({ group }) => names.includes(group));
  const runs = timers.reduce((total, { executions }) => total + executions, 0);
  const running = groups.reduce((total, each) => total + each.running, 0);
  const leases =
    running * assumptions.hostLeasesPerInstancePerMinute +
    timers.length * assumptions.leasesPerTimerPerMinute;
  return [
    {
      item: 'blob writes of the host',
      priced: `blobWrites${deployment.redundancy}`,
      quantity: runs * assumptions.blobWritesPerTimerRun,
    },
    {
      item: 'other blob operations of the host',
      priced: 'blobOthers',
      quantity: leases * monthMinutes,
    },
  ];
}
