import { createHash } from 'node:crypto';

/**
 * An id in the form of Exchange's: URL-safe base64 with its padding, the same for the same `seed`.
 * The `=` at the end is what careless URL handling breaks.
 */
export function mailboxId(seed: string): string {
  const bytes = createHash('sha512').update(seed).digest().subarray(0, 62);
  return `AAMkADhj${bytes.toString('base64url')}=`;
}

/** An ETag in the form of Exchange's: weak, its value base64. */
export function etagOf(seed: string): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  return `W/"CQAAABYA${bytes.toString('base64')}"`;
}

/** An id in the form of OneDrive's: capital letters and digits. */
export function driveItemId(seed: string): string {
  return `01${createHash('sha256').update(seed).digest('hex').slice(0, 32).toUpperCase()}`;
}
