/** A value of a property. Binary is stored as such, a Date as a date and time. */
export type Value = string | number | boolean | Date | Uint8Array;

export type RowAddress = { partitionKey: string; rowKey: string };

export type Row = RowAddress & Record<string, Value>;

/** A row as it was read: any property may be missing or of another type. */
export type StoredRow = RowAddress & { etag: string } & Record<string, unknown>;

/**
 * A change to one row. `replace` and `merge` of a missing row fail: they never insert. A deletion
 * without an ETag takes whatever version is there.
 */
export type Change =
  | { kind: 'insert'; row: Row }
  | { kind: 'upsert'; row: Row }
  | { kind: 'replace'; row: Row; etag: string }
  | { kind: 'merge'; row: Row; etag: string }
  | { kind: 'delete'; row: RowAddress; etag?: string };

/** Stands for any version in `etag`. The row must still exist. */
export const anyVersion = '*';
