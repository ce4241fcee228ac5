import { monthHours } from './month.ts';
import type { Charge } from './prices.ts';
import { queueOperations, tableRequests } from './storage-use.ts';
import type { Month } from './workload.ts';

export function networkUse(month: Month): Charge[] {
  const { work, groups, deployment, assumptions } = month;
  const { class1, class2 } = queueOperations(month);
  const privateBytes =
    tableRequests(month) * assumptions.bytesPerTableRequest +
    (class1 + class2) * assumptions.bytesPerQueueRequest;
  const running = groups.reduce((total, each) => total + each.running, 0);
  const queries = running * monthHours * assumptions.dnsQueriesPerInstancePerHour;
  const sentBytes =
    (work.requests + 2 * work.signIns) * assumptions.bytesSentPerRequest +
    work.refreshes * assumptions.bytesSentPerRefresh;
  const privately = (quantity: number) => (deployment.isPrivate ? quantity : 0);
  return [
    {
      item: 'through private endpoints, GB',
      priced: 'privateEndpointGigabytes',
      quantity: privately(privateBytes / 1e9),
    },
    { item: 'DNS queries', priced: 'dnsQueries', quantity: privately(queries) },
    { item: 'sent out of Azure, GB', priced: 'sentGigabytes', quantity: sentBytes / 1e9 },
  ];
}
