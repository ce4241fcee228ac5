import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The laptop's own key that wraps data keys, base64: made once, then kept in a file. */
export function readOrCreateWrappingKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const key = randomBytes(32).toString('base64');
  try {
    writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return key;
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!exists) throw error;
    return readFileSync(path, 'utf8').trim();
  }
}
