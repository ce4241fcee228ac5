import { appLogs, rowsOf } from './log-volume.ts';
import { monthDays } from './month.ts';
import type { Charge } from './prices.ts';
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
}

/** All of it, whatever the workspace's daily cap: Azure bills what it takes in above that. */
export function logGigabytes(month: Month): LogGigabytes {
  return {
    app: appLogs(month).bytes / 1e9,
    audit: rowsOf(month.assumptions)(vaultOperations(month)).bytes / 1e9,
  };
}

/** Each instance unwraps the data keys when it starts. */
function vaultOperations({ assumptions }: Month): number {
  return assumptions.instanceStartsPerDay * monthDays * assumptions.dataKeysInUse;
}

export function monitoringUse(month: Month): Charge[] {
  const { retentionDays } = month.deployment;
  const { app, audit } = logGigabytes(month);
  const retained = (gigabytes: number, free: number) =>
    (gigabytes * Math.max(0, retentionDays - free)) / monthDays;
  return [
    {
      item: 'Key Vault operations',
      priced: 'keyVaultOperations',
      quantity: vaultOperations(month),
    },
    { item: 'logs taken in, GB', priced: 'logGigabytes', quantity: app + audit },
    {
      item: 'logs retained beyond the free days, GB',
      priced: 'logRetainedGigabytes',
      quantity: retained(app, freeDays.app) + retained(audit, freeDays.others),
    },
  ];
}
