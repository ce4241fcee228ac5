import type { StoredRow } from './row.ts';

/** What a binary property holds at most. @see https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-types */
const maxColumnBytes = 64 * 1024;
/** With more of them a row would be over its 1 MiB. */
const maxColumns = 16;

/**
 * Names of all columns that a value may take: `cache`, `cache1`, `cache2` and so on. A value of up to
 * 64 KiB takes the first alone.
 */
export function columnsOf(name: string): string[] {
  return Array.from({ length: maxColumns }, (_, index) => columnAt(name, index));
}

/** A value as the columns that it takes, each but the last of them full. */
export function toColumns<Name extends string, Bytes extends Uint8Array>(
  name: Name,
  bytes: Bytes,
): Record<Name, Uint8Array> {
  const count = Math.max(1, Math.ceil(bytes.length / maxColumnBytes));
  const parts = Array.from({ length: count }, (_, index) => [
    columnAt(name, index),
    bytes.subarray(index * maxColumnBytes, (index + 1) * maxColumnBytes),
  ]);
  return Object.fromEntries(parts);
}

/**
 * The value in a row's columns; undefined if there is none. It ends with the first column that is
 * not full, so that a column which a longer value has left behind doesn't count.
 */
export function fromColumns(name: string, row: StoredRow): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (const column of columnsOf(name)) {
    const part = row[column];
    if (!(part instanceof Uint8Array)) break;
    parts.push(part);
    if (part.length < maxColumnBytes) break;
  }
  return parts.length > 1 ? Buffer.concat(parts) : parts[0];
}

function columnAt(name: string, index: number): string {
  return index === 0 ? name : `${name}${index}`;
}
