import { mapBounded, piecesOf } from '../basics/lists.ts';
import { GoneError } from '../errors.ts';
import type { Change, RowAddress } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import type { Table } from './table.ts';

/** Azure takes no more in one transaction. */
const transactionSize = 100;

/**
 * Deletes all rows of the partitions before a key. Keys that begin with a day or an hour let this read
 * and delete what is old without looking at anything else.
 *
 * @returns how many rows there were.
 */
export async function deleteBefore(table: Table, before: string): Promise<number> {
  let count = 0;
  for await (const rows of table.query({ before }, [])) {
    await deleteRows(table, rows);
    count += rows.length;
  }
  return count;
}

/** Deletes rows; those that are gone by now are as good as deleted. */
export async function deleteRows(table: Table, rows: readonly RowAddress[]): Promise<void> {
  const deletions = rows.map(
    ({ partitionKey, rowKey }): Change => ({ kind: 'delete', row: { partitionKey, rowKey } }),
  );
  await applyEach(table, deletions);
}

/**
 * Makes changes that don't depend on each other, in as few transactions as partitions allow.
 * Changes of rows that are gone are left out.
 */
export async function applyEach(table: Table, changes: readonly Change[]): Promise<void> {
  const partitions = Map.groupBy(changes, ({ row }) => row.partitionKey).values();
  const transactions = [...partitions].flatMap((all) => [...piecesOf(all, transactionSize)]);
  await mapBounded(transactions, (some) => applySome(table, some));
}

async function applySome(table: Table, changes: readonly Change[]): Promise<void> {
  const [only, ...more] = changes;
  if (only && more.length === 0) return ignoreGone(table.change(only));
  try {
    await table.changeAll(changes);
  } catch (error) {
    if (!(error instanceof GoneError)) throw error;
    // One after the other: other transactions are under way.
    for (const change of changes) await ignoreGone(table.change(change));
  }
}
