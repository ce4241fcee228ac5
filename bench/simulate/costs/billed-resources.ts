import type { Resource, Snapshot } from '../../../tools/infra/snapshot.ts';
import { alertSeries, logAlertPrice } from './alerts.ts';
import { monthHours, monthSeconds, monthsOf } from './month.ts';
import type { Charge } from './prices.ts';

/** What charges depend on besides their own resource. */
interface Surroundings {
  snapshot: Snapshot;
  ready: ReadonlyMap<string, number>;
  memoryGb: number;
}

/** How Azure bills a type of resource. */
type Billing =
  /** A month of its existence has a price. */
  | { charge: (resource: Resource, around: Surroundings) => Charge[] }
  /** Its use has a price, which `workload.ts` counts. */
  | { byUse: string }
  /** It costs nothing, for this reason. */
  | { free: string };

const partOfAccount = 'Part of the storage account.';
const management = 'Azure Resource Manager charges nothing for it.';
const registration = 'App registrations are part of Entra ID Free.';

/** Every type of resource in the templates. A template with any other has an unknown cost. */
export const billing: Readonly<Record<string, Billing>> = {
  'Microsoft.Authorization/locks': { free: management },
  'Microsoft.Authorization/roleAssignments': { free: management },
  'Microsoft.Graph/applications': { free: registration },
  'Microsoft.Graph/applications/federatedIdentityCredentials': { free: registration },
  'Microsoft.Graph/servicePrincipals': { free: registration },
  'Microsoft.Insights/components': { byUse: 'The workspace bills what it takes in.' },
  'Microsoft.Insights/diagnosticSettings': { byUse: 'The workspace bills what it takes in.' },
  'Microsoft.Insights/metricAlerts': { charge: metricAlert },
  'Microsoft.Insights/scheduledQueryRules': { charge: logAlert },
  'Microsoft.Insights/webtests': { charge: availabilityTest },
  'Microsoft.Insights/workbooks': { free: 'Azure Monitor charges nothing for workbooks.' },
  'Microsoft.KeyVault/vaults': { byUse: 'Operations.' },
  'Microsoft.KeyVault/vaults/keys': { charge: key },
  'Microsoft.ManagedIdentity/userAssignedIdentities': { free: 'Part of Entra ID Free.' },
  'Microsoft.Network/privateDnsZones': {
    charge: () => [{ item: 'private DNS zones', priced: 'dnsZones', quantity: 1 }],
  },
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': { free: 'Part of the DNS zone.' },
  'Microsoft.Network/privateEndpoints': {
    charge: () => [
      { item: 'private endpoints, hours', priced: 'privateEndpointHours', quantity: monthHours },
    ],
  },
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': { free: 'Part of the endpoint.' },
  'Microsoft.Network/virtualNetworks': { free: 'Virtual networks cost nothing.' },
  'Microsoft.Network/virtualNetworks/subnets': { free: 'Part of the virtual network.' },
  'Microsoft.OperationalInsights/workspaces': { byUse: 'Logs taken in and retained.' },
  'Microsoft.Storage/storageAccounts': { byUse: 'Operations, and what is stored.' },
  'Microsoft.Storage/storageAccounts/blobServices': { free: partOfAccount },
  'Microsoft.Storage/storageAccounts/blobServices/containers': {
    free: 'Packages of a few megabytes cost less than a cent.',
  },
  'Microsoft.Storage/storageAccounts/managementPolicies': { free: 'Deleting costs nothing.' },
  'Microsoft.Storage/storageAccounts/queueServices': { free: partOfAccount },
  'Microsoft.Storage/storageAccounts/queueServices/queues': { byUse: 'Operations.' },
  'Microsoft.Storage/storageAccounts/tableServices': { free: partOfAccount },
  'Microsoft.Storage/storageAccounts/tableServices/tables': {
    byUse: 'Requests, and what is stored.',
  },
  'Microsoft.Web/serverfarms': { charge: plan },
  'Microsoft.Web/sites': { charge: alwaysReady },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { free: 'A setting of the app.' },
  'Microsoft.Web/sites/config': { free: 'A setting of the app.' },
};

/**
 * What a template's resources cost because they exist, one charge an item.
 *
 * @throws Error for a type that is not in {@link billing}, or a resource of an unknown price.
 */
export function chargesOf(snapshot: Snapshot, around: Omit<Surroundings, 'snapshot'>): Charge[] {
  const items = new Map<string, Charge>();
  for (const resource of snapshot.predictedResources) {
    const type = resource.type.split('@')[0] ?? '';
    const billed = billing[type];
    if (!billed) {
      throw new Error(`Give ${type} a price, or a reason why it is free: billed-resources.ts.`);
    }
    if (!('charge' in billed)) continue;
    for (const charge of billed.charge(resource, { ...around, snapshot })) {
      const before = items.get(charge.item)?.quantity ?? 0;
      items.set(charge.item, { ...charge, quantity: before + charge.quantity });
    }
  }
  return [...items.values()];
}

/** Azure bills no rule that is disabled. */
function isOff({ properties }: Resource): boolean {
  return properties?.['enabled'] === false;
}

function logAlert(rule: Resource): Charge[] {
  return isOff(rule) ? [] : [{ ...logAlertPrice(rule), quantity: 1 }];
}

function metricAlert(rule: Resource, { snapshot }: Surroundings): Charge[] {
  const quantity = isOff(rule) ? 0 : alertSeries(rule, snapshot);
  return [{ item: 'time series of metric alerts', priced: 'metricAlertSeries', quantity }];
}

function availabilityTest({ name, properties }: Resource): Charge[] {
  const { Enabled: isOn, Frequency: seconds, Locations: places, Kind: kind } = properties ?? {};
  if (kind !== 'standard' || typeof seconds !== 'number' || !Array.isArray(places)) {
    throw new Error(`The cost model can't read the availability test ${name}.`);
  }
  const quantity = isOn === false ? 0 : (places.length * monthSeconds) / seconds;
  return [{ item: 'availability test, executions', priced: 'availabilityTests', quantity }];
}

/** A software-protected key costs by operation; one in an HSM would cost by month and version. */
function key({ name, properties }: Resource): Charge[] {
  const { kty, keySize, rotationPolicy } = properties ?? {};
  if (kty !== 'RSA' || keySize !== 3072) {
    throw new Error(`The cost model has prices for RSA keys of 3,072 bits, and not for ${name}.`);
  }
  const { lifetimeActions = [] } = (rotationPolicy ?? {}) as {
    lifetimeActions?: { action: { type: string }; trigger: { timeAfterCreate?: string } }[];
  };
  return lifetimeActions
    .filter(({ action }) => action.type === 'rotate')
    .map(({ trigger }) => ({
      item: 'rotations of the wrapping key',
      priced: 'keyRotations',
      quantity: 1 / monthsOf(trigger.timeAfterCreate),
    }));
}

function plan({ sku }: Resource): Charge[] {
  const { name } = sku as { name?: string };
  if (name !== 'FC1') throw new Error(`The cost model knows Flex Consumption only, not ${name}.`);
  return [];
}

function alwaysReady(_site: Resource, { ready, memoryGb }: Surroundings): Charge[] {
  const instances = [...ready.values()].reduce((a, b) => a + b, 0);
  return [
    {
      item: 'always-ready instances, GB-s',
      priced: 'readyBaselineGigabyteSeconds',
      quantity: instances * memoryGb * monthSeconds,
    },
  ];
}
