/** What holds tokens, and the deployed code. */
import { poisonQueueName, refreshQueueName } from '../../../src/lib/auth/refresh/message.ts';
import { lastName, mustHave, ofType, type Rule, type Snapshot, valueAt } from '../snapshot.ts';

const account = 'Microsoft.Storage/storageAccounts';

export const sharedKeysAreOff: Rule = (snapshot) =>
  mustHave(
    snapshot,
    account,
    { 'properties.allowSharedKeyAccess': false },
    'account keys and what they sign would get in',
  );

export const noBlobIsPublic: Rule = (snapshot) => [
  ...mustHave(
    snapshot,
    account,
    { 'properties.allowBlobPublicAccess': false },
    'containers could be opened to everybody',
  ),
  ...mustHave(
    snapshot,
    `${account}/blobServices/containers`,
    { 'properties.publicAccess': 'None' },
    'everybody could read it',
  ),
];

export const tlsIsNew: Rule = (snapshot) => [
  ...mustHave(
    snapshot,
    account,
    { 'properties.minimumTlsVersion': 'TLS1_2', 'properties.supportsHttpsTrafficOnly': true },
    'older TLS, or none, would do',
  ),
  ...mustHave(
    snapshot,
    'Microsoft.Web/sites',
    { 'properties.siteConfig.minTlsVersion': '1.2', 'properties.httpsOnly': true },
    'older TLS, or none, would do',
  ),
];

/** @param tables names that the code uses */
export function tablesExist(tables: readonly string[]): Rule {
  return (snapshot) => missing(snapshot, `${account}/tableServices/tables`, tables);
}

export const queuesExist: Rule = (snapshot) =>
  missing(snapshot, `${account}/queueServices/queues`, [refreshQueueName, poisonQueueName]);

function missing(snapshot: Snapshot, type: string, names: readonly string[]): string[] {
  const present = ofType(snapshot, type).map(lastName);
  const kind = type.slice(type.lastIndexOf('/') + 1);
  return [
    ...names
      .filter((name) => !present.includes(name))
      .map(
        (name) =>
          `the code uses ${name} of ${kind}, which is not deployed: infra/modules/storage.bicep`,
      ),
    ...present
      .filter((name) => !names.includes(name))
      .map((name) => `no code uses ${name} of ${kind}: infra/modules/storage.bicep`),
  ];
}

/** Flex Consumption loads one blob, however old it is, whenever an instance starts. */
export const runningPackageStays: Rule = (snapshot) =>
  ofType(snapshot, `${account}/managementPolicies`).flatMap((policy) => {
    const rules = valueAt(policy, 'properties.policy.rules');
    return (Array.isArray(rules) ? rules : [])
      .filter((rule) => valueAt(rule, 'definition.actions.baseBlob') !== undefined)
      .map(
        (rule) =>
          `lifecycle rule ${valueAt(rule, 'name')} may delete the package that runs: let it delete versions only`,
      );
  });
