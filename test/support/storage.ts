import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import type { StorageConnection } from '../../src/lib/config/config.ts';
import { createTable, type Table } from '../../src/lib/storage/table.ts';

/** Starts an Azurite for this file's tests; where it is, once they run. */
export function useAzurite(): () => StorageConnection {
  let azurite: Azurite | undefined;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(async () => {
    await azurite?.close();
  });
  return () => {
    if (!azurite) throw new Error('Azurite runs while tests run');
    return { kind: 'connection-string', connectionString: azurite.connectionString };
  };
}

/** A table that no other test has. */
export function newTable(connection: StorageConnection): Table {
  return createTable(`t${randomBytes(12).toString('hex')}`, connection);
}

/** All rows of one partition between two keys, with the properties named. */
export async function rowsBetween(
  table: Table,
  range: { partitionKey: string; from?: string; to?: string },
  select: readonly string[] = [],
) {
  const rows = [];
  for await (const page of table.query({ from: '', to: '~', ...range }, select)) rows.push(...page);
  return rows;
}
