/** How many instances the app may have. */
import { ofType, type Rule, valueAt } from '../snapshot.ts';

/** Fewer are a preview that a few regions have; a deployment to any other is refused. */
const fewestInstances = 40;

const limit = 'properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount';

export const instancesAreAllowed: Rule = (snapshot) =>
  ofType(snapshot, 'Microsoft.Web/sites')
    .filter((site) => !(Number(valueAt(site, limit)) >= fewestInstances))
    .map(
      (site) =>
        `${site.name}: maximumInstanceCount must be ${fewestInstances} or more, is ${valueAt(site, limit)}: most regions refuse fewer, and nobody pays for instances that don’t run`,
    );
