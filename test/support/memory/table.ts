import { ConflictError, GoneError } from '../../../src/lib/errors.ts';
import {
  anyVersion,
  type Change,
  type Row,
  type RowAddress,
  type StoredRow,
} from '../../../src/lib/storage/row.ts';
import { assertRowsFit } from '../../../src/lib/storage/row-size.ts';
import type { PartitionRange, RowRange, Table } from '../../../src/lib/storage/table.ts';

export interface MemoryTable extends Table {
  /** Every row in the order of its keys, without counting as an operation. */
  rows(): StoredRow[];
  /** @returns what brings the rows back that are there now. */
  keep(): () => void;
}

/** Azure takes no more in one transaction. */
const transactionSize = 100;

interface Stored {
  etag: string;
  columns: Record<string, unknown>;
}
type Partition = Map<string, Stored>;

/** A table in memory, with the service's rules for versions, transactions and pages. */
export function createMemoryTable(name: string, { pageSize = 1000 } = {}): MemoryTable {
  const partitions = new Map<string, Partition>();
  let changes = 0;

  const find = ({ partitionKey, rowKey }: RowAddress) => partitions.get(partitionKey)?.get(rowKey);

  /** @throws ConflictError, GoneError if the change can't be made. */
  function check(change: Change): void {
    const present = find(change.row);
    if (change.kind === 'upsert') return;
    if (change.kind === 'insert') {
      if (present) throw new ConflictError('the row is there');
      return;
    }
    if (!present) throw new GoneError('the row is gone');
    const { etag = anyVersion } = change;
    if (etag !== anyVersion && etag !== present.etag)
      throw new ConflictError('the row has changed');
  }

  function apply(change: Change): string {
    const { partitionKey, rowKey } = change.row;
    const partition = partitions.get(partitionKey) ?? new Map<string, Stored>();
    partitions.set(partitionKey, partition);
    if (change.kind === 'delete') {
      partition.delete(rowKey);
      return '';
    }
    changes += 1;
    const etag = `W/"${changes}"`;
    const kept = change.kind === 'merge' ? partition.get(rowKey)?.columns : {};
    partition.set(rowKey, { etag, columns: { ...kept, ...columnsOf(change.row) } });
    return etag;
  }

  function changeAll(all: readonly Change[]): string {
    assertTransaction(all);
    assertRowsFit(all);
    for (const change of all) check(change);
    const [first = ''] = all.map(apply);
    return first;
  }

  function keysOf(range: RowRange | PartitionRange): RowAddress[] {
    const found: RowAddress[] = [];
    for (const [partitionKey, partition] of partitions) {
      if ('partitionKey' in range && partitionKey !== range.partitionKey) continue;
      if ('before' in range && partitionKey >= range.before) continue;
      for (const [rowKey, { columns }] of partition) {
        if ('partitionKey' in range && (rowKey < range.from || rowKey >= range.to)) continue;
        if ('partitionKey' in range && isLeftOut(range, columns)) continue;
        found.push({ partitionKey, rowKey });
      }
    }
    return found.sort(compareKeys);
  }

  const copyOf = (all: ReadonlyMap<string, Partition>) =>
    [...all].map(([key, partition]) => [key, new Map(partition)] as const);

  return {
    name,
    keep() {
      const kept = new Map(copyOf(partitions));
      return () => {
        partitions.clear();
        for (const [key, partition] of copyOf(kept)) partitions.set(key, partition);
      };
    },
    async get(address, select) {
      const stored = find(address);
      return stored && toStoredRow(address, stored, select);
    },
    change: async (change) => changeAll([change]),
    changeAll: async (all) => changeAll(all),
    async *query(range, select) {
      let last: RowAddress | undefined;
      for (;;) {
        const after = last;
        const left = keysOf(range).filter((key) => !after || compareKeys(after, key) < 0);
        const page = left.slice(0, pageSize).flatMap((key) => {
          const stored = find(key);
          return stored ? [toStoredRow(key, stored, select)] : [];
        });
        if (page.length > 0) yield page;
        if (left.length <= pageSize) return;
        last = page.at(-1);
      }
    },
    rows() {
      return keysOf({ before: '\uffff' }).flatMap((key) => {
        const stored = find(key);
        return stored ? [toStoredRow(key, stored)] : [];
      });
    },
  };
}

function assertTransaction(changes: readonly Change[]): void {
  const keys = new Set(changes.map(({ row }) => row.rowKey));
  const partitions = new Set(changes.map(({ row }) => row.partitionKey));
  const isOne = changes.length > 0 && changes.length <= transactionSize && partitions.size === 1;
  if (!isOne || keys.size < changes.length) throw new Error('this is not a transaction');
}

function columnsOf({ partitionKey: _, rowKey: __, ...columns }: Row): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(columns)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value) : value]),
  );
}

function toStoredRow(
  { partitionKey, rowKey }: RowAddress,
  { etag, columns }: Stored,
  select?: readonly string[],
): StoredRow {
  if (!select) return { ...columns, partitionKey, rowKey, etag };
  const row: StoredRow = { partitionKey, rowKey, etag };
  for (const name of select) if (name in columns) row[name] = columns[name];
  return row;
}

function isLeftOut({ without }: RowRange, columns: Record<string, unknown>): boolean {
  const value = without && (columns[without.column] ?? '');
  return without?.values.some((left) => left === value) ?? false;
}

function compareKeys(a: RowAddress, b: RowAddress): number {
  if (a.partitionKey !== b.partitionKey) return a.partitionKey < b.partitionKey ? -1 : 1;
  return a.rowKey === b.rowKey ? 0 : a.rowKey < b.rowKey ? -1 : 1;
}
