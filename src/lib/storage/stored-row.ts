import { AppError, UnusableError } from '../errors.ts';
import type { StoredRow } from './row.ts';

/**
 * @param known the newest schema that this code reads.
 * @throws UnusableError `temporarily_unavailable` for a row of a newer one.
 */
export function assertSchema(row: StoredRow, known: number): void {
  if (Number(row['schema']) > known) {
    const detail = 'A newer version of this app wrote this. Try again when it is rolled out.';
    const failure = new AppError('temporarily_unavailable', { detail });
    throw new UnusableError('newer_schema', failure);
  }
}

/** A date and time, or 0 for anything else. */
export function time(value: unknown): number {
  return value instanceof Date ? value.getTime() : 0;
}
