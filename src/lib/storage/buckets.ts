import { GoneError } from '../errors.ts';
import type { RowAddress } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import type { Table } from './table.ts';

/** Azure takes no more in one transaction. */
const transactionSize = 100;

/**
 * Partitions by time: their keys begin with a day or an hour (ISO 8601), so that what is old can
 * be read and deleted without looking at anything else.
 */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

export function hourOf(time: number): string {
  return new Date(time).toISOString().slice(0, 13);
}

/** Deletes all rows of the partitions before a key. @returns how many there were. */
export async function deleteBefore(table: Table, before: string): Promise<number> {
  let count = 0;
  for await (const rows of table.query({ before }, [])) {
    for (const bucket of Map.groupBy(rows, ({ partitionKey }) => partitionKey).values()) {
      await deleteRows(table, bucket);
    }
    count += rows.length;
  }
  return count;
}

/** Deletes rows of one partition; those that are gone by now are as good as deleted. */
export async function deleteRows(table: Table, rows: readonly RowAddress[]): Promise<void> {
  for (let start = 0; start < rows.length; start += transactionSize) {
    const changes = rows
      .slice(start, start + transactionSize)
      .map(
        ({ partitionKey, rowKey }) => ({ kind: 'delete', row: { partitionKey, rowKey } }) as const,
      );
    try {
      await table.changeAll(changes);
    } catch (error) {
      if (!(error instanceof GoneError)) throw error;
      await Promise.all(changes.map((change) => ignoreGone(table.change(change))));
    }
  }
}
