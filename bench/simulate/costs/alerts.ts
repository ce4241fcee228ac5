import { ofType, type Resource, type Snapshot } from '../../../tools/infra/snapshot.ts';
import type { Charge } from './prices.ts';

interface Criterion {
  dimensions?: { operator: string; values: string[] }[];
}

/**
 * What a log alert rule costs depends on how often it is evaluated.
 *
 * @throws Error for another frequency than the templates', or for a rule that watches several time
 * series: each costs more.
 */
export function logAlertPrice({ name, properties = {} }: Resource): Omit<Charge, 'quantity'> {
  const criteria = criteriaOf(properties);
  if (criteria.some(({ dimensions = [] }) => dimensions.length > 0)) {
    throw new Error(`The cost model can't count the time series of the log alert ${name}.`);
  }
  const every = properties['evaluationFrequency'];
  if (every !== 'PT5M') {
    throw new Error(`The log alert ${name} is evaluated each ${every}: give that a price.`);
  }
  return { item: 'log alert rules, each 5 min', priced: 'logAlertsEach5Minutes' };
}

/**
 * Time series that a metric alert watches: one for each combination of its dimensions' values; of
 * an availability test, one for each location.
 *
 * @throws Error where that depends on what there is at run time.
 */
export function alertSeries({ name, properties = {} }: Resource, snapshot: Snapshot): number {
  const { webTestId } = (properties['criteria'] ?? {}) as { webTestId?: string };
  if (webTestId !== undefined) return locationsOf(webTestId, snapshot);
  const resources = (properties['scopes'] as string[]).length;
  const combinations = criteriaOf(properties).map(({ dimensions = [] }) =>
    dimensions.reduce((product, { operator, values }) => {
      if (operator !== 'Include' || values.includes('*')) {
        throw new Error(`The cost model can't count the time series of the metric alert ${name}.`);
      }
      return product * values.length;
    }, 1),
  );
  return resources * combinations.reduce((a, b) => a + b, 0);
}

function criteriaOf(properties: Record<string, unknown>): Criterion[] {
  return ((properties['criteria'] ?? {}) as { allOf?: Criterion[] }).allOf ?? [];
}

function locationsOf(webTestId: string, snapshot: Snapshot): number {
  const test = ofType(snapshot, 'Microsoft.Insights/webtests').find(({ id }) => id === webTestId);
  const places = test?.properties?.['Locations'];
  if (!Array.isArray(places)) throw new Error(`There is no availability test ${webTestId}.`);
  return places.length;
}
