/** Deployments to one resource group don’t overwrite each other. */
import { type Resource, type Snapshot, valueAt } from '../snapshot.ts';

/** A resource group holds one private zone of a name, which the networks in it share. */
const shared = 'Microsoft.Network/privateDnsZones';

/** What a later deployment finds a resource again by; undefined: by its parent, which has a name. */
function identityOf({ id, type, properties }: Resource): string | undefined {
  const uniqueName = valueAt(properties, 'uniqueName');
  return id ?? (uniqueName === undefined ? undefined : `${type} ${uniqueName}`);
}

/** @returns a line for each resource of one deployment that the other would overwrite */
export function overwritten(one: Snapshot, other: Snapshot): string[] {
  const names = new Set(other.predictedResources.map(identityOf));
  return one.predictedResources
    .filter(({ type }) => type.split('@')[0] !== shared)
    .map(identityOf)
    .filter((name) => name !== undefined && names.has(name))
    .map((name) => `two azd environments in one resource group would share ${name}`);
}
