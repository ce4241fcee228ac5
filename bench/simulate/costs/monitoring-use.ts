import type { Charge } from './charge.ts';
import { appLogs, rowsOf } from './log-volume.ts';
import { monthDays } from './month.ts';
import type { Month } from './workload.ts';

/**
 * Days for which logs are kept at no charge: those of Application Insights, and all others.
 *
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure#log-tables-with-90-day-default-retention
 */
const freeDays = { app: 90, others: 31 } as const;

/** Gigabytes of logs in a month. */
export interface LogGigabytes {
  /** What the host and the app write. */
  app: number;
  /** The vault's audit log: a row an operation. */
  audit: number;
  /** What the workspace takes in: no more than its daily limit. */
  takenIn: number;
}

export function logGigabytes(month: Month): LogGigabytes {
  const { deployment, assumptions } = month;
  const app = appLogs(month).bytes / 1e9;
  const audit = rowsOf(assumptions)(vaultOperations(month)).bytes / 1e9;
  const takenIn = Math.min(app + audit, deployment.dailyLogLimitGb * monthDays);
  return { app, audit, takenIn };
}

/** Each instance unwraps the data keys when it starts. */
function vaultOperations({ assumptions }: Month): number {
  return assumptions.instanceStartsPerDay * monthDays * assumptions.dataKeysInUse;
}

export function monitoringUse(month: Month): Charge[] {
  const { retentionDays } = month.deployment;
  const { audit, takenIn } = logGigabytes(month);
  const retained = (gigabytes: number, free: number) =>
    (gigabytes * Math.max(0, retentionDays - free)) / monthDays;
  return [
    {
      item: 'Key Vault operations',
      priced: 'keyVaultOperations',
      quantity: vaultOperations(month),
    },
    { item: 'logs taken in, GB', priced: 'logGigabytes', quantity: takenIn },
    {
      item: 'logs retained beyond the free days, GB',
      priced: 'logRetainedGigabytes',
      quantity:
        retained(Math.max(0, takenIn - audit), freeDays.app) + retained(audit, freeDays.others),
    },
  ];
}
