import * as v from 'valibot';
import { parseObject } from '../basics/json-object.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { fromColumns, toColumns } from './numbered-columns.ts';
import type { RowAddress, StoredRow } from './row.ts';
import type { Table } from './table.ts';

/**
 * A column of a table that holds an object as JSON, sealed; the row's `kid` names the key. A large
 * object takes numbered columns after it.
 */
export interface SealedColumn<T, Name extends string> {
  /** The columns to be written: `kid`, the column itself, and those after it. */
  seal(address: RowAddress, value: object): Promise<{ kid: string } & Record<Name, Uint8Array>>;
  /** Undefined for what was not sealed for this row, or has another shape. */
  open(row: StoredRow): Promise<T | undefined>;
}

export function sealedColumn<Shape extends v.GenericSchema, Name extends string>(
  { table, sealer }: { table: Pick<Table, 'name'>; sealer: Sealer },
  { name, schema, shape }: { name: Name; schema: number; shape: Shape },
): SealedColumn<v.InferOutput<Shape>, Name> {
  const placeOf = ({ partitionKey, rowKey }: RowAddress) => ({
    ...{ table: table.name, partitionKey, rowKey, schema },
  });
  return {
    async seal(address, value) {
      const bytes = Buffer.from(JSON.stringify(value));
      const values = { [name]: bytes } as Record<Name, Buffer>;
      const { kid, sealed } = await sealer.seal(values, placeOf(address));
      return { kid, ...toColumns(name, sealed[name]) };
    },
    async open(row) {
      const { kid } = row;
      const bytes = fromColumns(name, row);
      if (typeof kid !== 'string' || !bytes) return undefined;
      const json = await sealer.open({ kid, bytes }, { ...placeOf(row), property: name });
      const value = json && parseObject(Buffer.from(json).toString('utf8'));
      const parsed = v.safeParse(shape, value);
      return parsed.success ? parsed.output : undefined;
    },
  };
}
