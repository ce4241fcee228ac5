import { appLogs, rowsOf } from './log-volume.ts';
import { monthDays, monthHours } from './month.ts';
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

/** Each instance unwraps data keys when it starts, and asks for the key's newest version then and each hour. */
function vaultOperations({ assumptions, groups }: Month): number {
  const starts = assumptions.instanceStartsPerDay * monthDays;
  const running = groups.reduce((total, each) => total + each.running, 0);
  return starts * (assumptions.dataKeysInUse + 1) + running * monthHours;
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
