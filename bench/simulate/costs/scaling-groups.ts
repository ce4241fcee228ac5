import type { AppFunction } from '../../../tools/infra/app-functions.ts';

/** Always-ready instances as a template configures them: `http`, or `function:NAME`. */
export interface AlwaysReady {
  name: string;
  instanceCount: number;
}

/** With zone redundancy the platform keeps so many instances of each group ready. */
const readyWithZones = 2;

/**
 * The group with which Flex Consumption scales a function: all HTTP functions scale together, each
 * timer and each queue function alone. (Blob and Durable functions would have groups of their own.)
 *
 * @see https://learn.microsoft.com/azure/azure-functions/event-driven-scaling#per-function-scaling
 */
export function groupOf({ name, trigger }: AppFunction): string {
  return trigger === 'http' ? 'http' : `function:${name}`;
}

/**
 * Always-ready instances that are billed, by group. With zone redundancy the platform maintains at
 * least two for each function or group, whatever the app configures.
 *
 * @see https://learn.microsoft.com/azure/reliability/reliability-functions
 * @throws Error if the template names a group that the app doesn't have.
 */
export function readyInstances(
  functions: readonly AppFunction[],
  configured: readonly AlwaysReady[],
  isZoneRedundant: boolean,
): Map<string, number> {
  const least = isZoneRedundant ? readyWithZones : 0;
  const ready = new Map(functions.map((each) => [groupOf(each), least]));
  for (const { name, instanceCount } of configured) {
    if (!ready.has(name)) throw new Error(`The app has no scaling group ${name}.`);
    ready.set(name, Math.max(least, instanceCount));
  }
  return ready;
}
