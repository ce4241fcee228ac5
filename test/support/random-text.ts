import { randomBytes } from 'node:crypto';

/** Printable text that compression makes only a fifth shorter, as it is with tokens. */
export function randomText(length: number): string {
  return Buffer.from(randomBytes(length).map((byte) => 32 + (byte % 95))).toString('latin1');
}
