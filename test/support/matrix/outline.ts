import { type Found, storedRows } from './invariants.ts';
import type { Held, MatrixWorld } from './world.ts';

/**
 * All rows, and what clients know, without what differs from run to run: worlds with one outline have
 * one future, so it is enough to let time pass in one of them.
 */
export function outline(world: MatrixWorld): string {
  const groups = new Map<string, string[]>();
  for (const row of storedRows(world)) {
    const { text, hashes } = describe(row, world);
    const group = hashes.join();
    groups.set(group, [...(groups.get(group) ?? []), text]);
  }
  const { clock, policy, alice } = world;
  const isStored = ({ hash }: Held) => [...groups.keys()].some((group) => group.includes(hash));
  const held = alice.sessions.filter(isStored).map(({ fate, kind }) => `${kind} ${fate}`);
  // Of states that have been used one is as good as several.
  const lines = new Set([...groups.values()].map((rows) => rows.sort().join()));
  return [clock.now(), policy.retainMs, ...held.sort(), ...[...lines].sort()].join('\n');
}

/** Columns that hold a name which is new in each run. */
const newNames = ['consumer', 'leaseOwner'];
/** Ends the name of a partition by time: the first digit of a hash. */
const firstDigit = /(\d{4}-\d\d-\d\d(?:T\d\d)?)-[0-9a-f]"/;

/** A row, hashes of users by name, and the hashes of which nobody knows the name left out. */
function describe(
  { table, partitionKey, rowKey, etag: _, ...columns }: Found,
  { alice, bob }: MatrixWorld,
): { text: string; hashes: string[] } {
  const hashes = new Set<string>();
  const json = JSON.stringify([table, partitionKey, rowKey, columns], (name, value) => {
    if (newNames.includes(name)) return Boolean(value);
    return value?.type === 'Buffer' ? 'sealed' : value;
  });
  const text = json.replace(firstDigit, '$1"').replace(/[0-9a-f]{64}/g, (hash) => {
    const known = [alice, bob].find(({ user }) => user === hash);
    if (!known) hashes.add(hash);
    return known?.name ?? '#';
  });
  return { text, hashes: [...hashes].sort() };
}
