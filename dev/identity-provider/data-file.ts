import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JWK } from 'jose';
import type { StoredEntry } from './store.ts';

/** What survives a restart. */
export interface StandInData {
  readonly version: 1;
  readonly signingJwk: JWK;
  readonly clientSecret: string;
  readonly cookieKey: string;
  readonly consents: readonly (readonly [key: string, scopes: string])[];
  readonly entries: readonly (readonly [key: string, entry: StoredEntry])[];
}

/** Undefined when there is no file yet. @throws when the file is of another kind. */
export function readDataFile(path: string): StandInData | undefined {
  if (!existsSync(path)) return undefined;
  const data: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isStandInData(data)) throw new Error(`${path} is not the identity provider's data file`);
  return data;
}

/** Writes whole or not at all: a temporary file of the same folder, renamed over the old one. */
export function writeDataFile(path: string, data: StandInData): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(data), { mode: 0o600 });
  renameSync(temporary, path);
}

function isStandInData(data: unknown): data is StandInData {
  return typeof data === 'object' && data !== null && 'version' in data && data.version === 1;
}
