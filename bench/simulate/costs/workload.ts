import type { CostAssumptions } from './assumptions.ts';
import { computeUse } from './compute-use.ts';
import type { Deployment } from './deployment.ts';
import { type Executions, monthlyExecutions } from './executions.ts';
import { type GroupWork, workOfGroups } from './instances.ts';
import { monitoringUse } from './monitoring-use.ts';
import { networkUse } from './network-use.ts';
import type { Charge } from './prices.ts';
import { storageUse } from './storage-use.ts';

/** What happens in a month. */
export interface Month {
  users: number;
  deployment: Deployment;
  work: Executions;
  groups: readonly GroupWork[];
  assumptions: CostAssumptions;
}

export function monthOf(
  users: number,
  deployment: Deployment,
  assumptions: CostAssumptions,
): Month {
  const work = monthlyExecutions(users, deployment, assumptions);
  const groups = workOfGroups(deployment, work, assumptions);
  return { users, deployment, work, groups, assumptions };
}

/** What the use of a deployment is billed for, in the order of the table. */
export function usage(month: Month): Charge[] {
  return [
    ...computeUse(month),
    ...storageUse(month),
    ...monitoringUse(month),
    ...networkUse(month),
  ];
}
