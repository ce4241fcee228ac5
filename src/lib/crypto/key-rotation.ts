import { addKey, dayOfKey, type KeyStore, settledAfterMs } from './keyring.ts';
import type { WrappingKey } from './wrapping-key.ts';

export interface KeyRotationDependencies {
  store: KeyStore;
  wrappingKey: WrappingKey;
  /** Rows that a key opens; counted to some number and no further. */
  countRows: (kid: string) => Promise<number>;
  now: () => number;
  /** Takes note of what became of keys. */
  note: (event: string, fields: Record<string, unknown>) => void;
}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const rotateAfterMs = 30 * dayMs;
/** Rows are looked through once a day. */
const everyMs = dayMs - hourMs;
/** After a failure the next run of the janitor tries again. */
const tryMs = hourMs / 2;

/**
 * Makes a new data key each month, or when another key wraps from now on, and deletes those that no
 * row needs any more. Rows come to the new key when they are next written. One instance does it, once
 * a day.
 *
 * @returns whether it was this one's turn.
 */
export async function rotateKeys(dependencies: KeyRotationDependencies): Promise<boolean> {
  const { store, wrappingKey, now, note } = dependencies;
  const time = now();
  if (!(await store.lease(time, time + tryMs))) return false;
  const keys = await store.list();
  const newest = keys.at(-1);
  if (!newest) return true;
  const isOver = time - dayOfKey(newest.kid) >= rotateAfterMs;
  if (isOver || !wrappingKey.isCurrent(newest.wrappedBy)) {
    if (await addKey(dependencies)) note('data-key-added', { after: newest.kid });
  }
  for (const [at, { kid }] of keys.entries()) {
    const successor = keys[at + 1];
    if (successor && time - dayOfKey(successor.kid) >= settledAfterMs) {
      await retire(dependencies, kid);
    }
  }
  await store.extendLease(time + everyMs);
  return true;
}

async function retire(
  { store, countRows, note }: KeyRotationDependencies,
  kid: string,
): Promise<void> {
  const rows = await countRows(kid);
  if (rows > 0) return store.noteRows(kid, rows);
  await store.remove(kid);
  note('data-key-retired', { kid });
}
