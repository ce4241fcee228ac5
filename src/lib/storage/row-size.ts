import { tokensTooLarge } from '../auth/tokens/too-large.ts';
import type { Change, Row, Value } from './row.ts';

const maxRowBytes = 1024 * 1024;

/** @throws AppError as {@link tokensTooLarge} for a row that the service would refuse for its size. */
export function assertRowsFit(changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind !== 'delete' && sizeOf(change.row) > maxRowBytes) throw tokensTooLarge();
  }
}

/** Bytes of a row, as the service counts them. @see https://learn.microsoft.com/azure/storage/tables/scalability-targets */
function sizeOf({ partitionKey, rowKey, ...values }: Row): number {
  return Object.entries(values).reduce(
    (sum, [name, value]) => sum + 8 + 2 * name.length + sizeOfValue(value),
    4 + 2 * (partitionKey.length + rowKey.length),
  );
}

function sizeOfValue(value: Value): number {
  if (value instanceof Uint8Array) return 4 + value.length;
  return typeof value === 'string' ? 4 + 2 * value.length : 8;
}
