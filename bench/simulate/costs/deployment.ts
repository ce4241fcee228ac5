import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { AppFunction } from '../../../tools/infra/app-functions.ts';
import { ofType, type Snapshot } from '../../../tools/infra/snapshot.ts';
import { chargesOf } from './billed-resources.ts';
import type { Charge } from './prices.ts';
import { readyInstances } from './scaling-groups.ts';

/** What the cost of a deployment depends on, besides its users. */
export interface Deployment {
  /** `dev` or `prod`. */
  name: string;
  /** What is billed because it exists. */
  charges: Charge[];
  functions: readonly AppFunction[];
  /** Always-ready instances by scaling group. */
  ready: ReadonlyMap<string, number>;
  memoryGb: number;
  redundancy: Redundancy;
  retentionDays: number;
  /** Gigabytes of logs a day after which the workspace is to take in no more. */
  dailyLogCapGb: number;
  /** Requests for `/health/refresh` a month: the executions of the availability test. */
  healthChecks: number;
  /** Storage and vault are reached through private endpoints. */
  isPrivate: boolean;
}

export type Redundancy = 'Lrs' | 'Gzrs';

export const deploymentNames = ['dev', 'prod'] as const;

const site = v.object({
  scaleAndConcurrency: v.object({
    alwaysReady: v.array(v.object({ name: v.string(), instanceCount: v.number() })),
    instanceMemoryMB: v.number(),
  }),
});
const workspace = v.object({
  retentionInDays: v.number(),
  workspaceCapping: v.object({ dailyQuotaGb: v.number() }),
});
const redundancies: Readonly<Record<string, Redundancy>> = {
  Standard_LRS: 'Lrs',
  Standard_GZRS: 'Gzrs',
};

/** The compiled template of `main.NAME.bicepparam`, which `npm run check:infra` keeps up to date. */
export function readSnapshot(name: string): Snapshot {
  const path = new URL(`../../../infra/snapshots/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as Snapshot;
}

/** @throws Error for a resource whose price the model doesn't know. */
export function describeDeployment(
  name: string,
  snapshot: Snapshot,
  functions: readonly AppFunction[],
): Deployment {
  const { scaleAndConcurrency } = v.parse(
    site,
    only(snapshot, 'Microsoft.Web/sites')['functionAppConfig'],
  );
  const plan = only(snapshot, 'Microsoft.Web/serverfarms');
  const logs = v.parse(workspace, only(snapshot, 'Microsoft.OperationalInsights/workspaces'));
  const { dailyQuotaGb } = logs.workspaceCapping;
  const ready = readyInstances(
    functions,
    scaleAndConcurrency.alwaysReady,
    plan['zoneRedundant'] === true,
  );
  const memoryGb = scaleAndConcurrency.instanceMemoryMB / 1024;
  const charges = chargesOf(snapshot, { ready, memoryGb });
  return {
    ...{ name, functions, ready, memoryGb, charges },
    redundancy: redundancyOf(snapshot),
    retentionDays: logs.retentionInDays,
    dailyLogCapGb: dailyQuotaGb < 0 ? Number.POSITIVE_INFINITY : dailyQuotaGb,
    healthChecks: charges.find(({ priced }) => priced === 'availabilityTests')?.quantity ?? 0,
    isPrivate: ofType(snapshot, 'Microsoft.Network/privateEndpoints').length > 0,
  };
}

function redundancyOf(snapshot: Snapshot): Redundancy {
  const [account] = ofType(snapshot, 'Microsoft.Storage/storageAccounts');
  const { name } = v.parse(v.object({ name: v.string() }), account?.['sku']);
  const redundancy = redundancies[name];
  if (!redundancy) throw new Error(`The cost model has no price for ${name} storage.`);
  return redundancy;
}

/** Properties of the one resource of a type. */
function only(snapshot: Snapshot, type: string): Record<string, unknown> {
  const [resource, ...others] = ofType(snapshot, type);
  if (!resource?.properties || others.length > 0) {
    throw new Error(`The cost model expects one ${type} in a template.`);
  }
  return resource.properties;
}
