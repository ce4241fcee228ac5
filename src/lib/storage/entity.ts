import type { Row, RowAddress, Value } from './row.ts';

/**
 * Headers of every request, also of those in a transaction: rows as JSON, types where they are not
 * plain.
 */
export const inJson = {
  accept: 'application/json;odata=minimalmetadata',
  dataserviceversion: '3.0',
} as const;

/**
 * Rows as JSON, and back.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/payload-format-for-table-service-operations
 */
export function toEntity({ partitionKey, rowKey, ...values }: Row): string {
  const entity: Record<string, unknown> = { PartitionKey: partitionKey, RowKey: rowKey };
  for (const [name, value] of Object.entries(values)) {
    const type = typeOf(value);
    if (type !== undefined) entity[`${name}@odata.type`] = type;
    entity[name] = value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  }
  return JSON.stringify(entity);
}

/** Undefined where JSON has the type already. */
function typeOf(value: Value): string | undefined {
  if (value instanceof Date) return 'Edm.DateTime';
  if (value instanceof Uint8Array) return 'Edm.Binary';
  const isLong = Number.isInteger(value) && value !== Number(value) >> 0;
  return isLong ? 'Edm.Double' : undefined;
}

/** Values of other types than rows have here stay as JSON has them. */
export function toValues(entity: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (!name.includes('odata.')) values[name] = typed(value, entity[`${name}@odata.type`]);
  }
  return values;
}

function typed(value: unknown, type: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'Edm.Binary') return Buffer.from(value, 'base64');
  return type === 'Edm.DateTime' ? new Date(value) : value;
}

/** Path of a row, below the tables' own. */
export function entityPath(table: string, { partitionKey, rowKey }: RowAddress): string {
  return `/${table}(PartitionKey='${inPath(partitionKey)}',RowKey='${inPath(rowKey)}')`;
}

function inPath(key: string): string {
  return encodeURIComponent(key.replaceAll("'", "''"));
}
