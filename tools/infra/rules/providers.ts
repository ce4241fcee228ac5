/** The resource providers that a subscription must register before it can have a deployment. */
import { ofType, type Snapshot, valueAt } from '../snapshot.ts';

/** Every subscription has the first; the second is Entra’s, not Azure’s. */
const alwaysThere = ['Microsoft.Authorization', 'Microsoft.Graph'];

/** Namespaces of the resources, and of the services to which subnets are delegated. */
export function neededProviders(snapshot: Snapshot): string[] {
  const types = snapshot.predictedResources.map(({ type }) => type);
  const delegated = ofType(snapshot, 'Microsoft.Network/virtualNetworks/subnets').flatMap(
    (subnet) => {
      const delegations = valueAt(subnet, 'properties.delegations');
      return (Array.isArray(delegations) ? delegations : []).map((delegation) =>
        String(valueAt(delegation, 'properties.serviceName')),
      );
    },
  );
  const namespaces = [...types, ...delegated].map((name) => name.split('/')[0] ?? '');
  return [...new Set(namespaces)].filter((name) => !alwaysThere.includes(name)).sort();
}

/**
 * The providers that a page tells the reader to register: those named in the paragraphs and code
 * blocks that have the command.
 */
export function registeredProviders(page: string): string[] {
  return page
    .split(/\n\s*\n/)
    .filter((block) => block.includes('az provider register'))
    .flatMap((block) => block.match(/\bMicrosoft\.[A-Z]\w+/g) ?? []);
}

/** @param registered by the commands that the docs give for this deployment */
export function missingProviders(snapshot: Snapshot, registered: readonly string[] = []): string[] {
  return neededProviders(snapshot)
    .filter((name) => !registered.includes(name))
    .map((name) => `docs: the deployment needs “az provider register” for ${name}`);
}
