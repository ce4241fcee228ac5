import { monthSeconds } from './month.ts';
import type { Charge } from './prices.ts';
import type { Month } from './workload.ts';

/** Always-ready instances take work first; what they can't take is done on demand. */
export function computeUse({ groups, deployment }: Month): Charge[] {
  const sum = { demandExecutions: 0, demandSeconds: 0, readyExecutions: 0, readySeconds: 0 };
  for (const { executions, busySeconds, ready } of groups) {
    if (busySeconds === 0) continue;
    const share = Math.min(1, (ready * monthSeconds) / busySeconds);
    sum.readyExecutions += executions * share;
    sum.readySeconds += busySeconds * share;
    sum.demandExecutions += executions * (1 - share);
    sum.demandSeconds += busySeconds * (1 - share);
  }
  const { memoryGb } = deployment;
  return [
    {
      item: 'executions, on demand',
      priced: 'onDemandExecutions',
      quantity: sum.demandExecutions,
    },
    {
      item: 'execution time, on demand, GB-s',
      priced: 'onDemandGigabyteSeconds',
      quantity: sum.demandSeconds * memoryGb,
    },
    {
      item: 'executions, always ready',
      priced: 'readyExecutions',
      quantity: sum.readyExecutions,
    },
    {
      item: 'execution time, always ready, GB-s',
      priced: 'readyGigabyteSeconds',
      quantity: sum.readySeconds * memoryGb,
    },
  ];
}
