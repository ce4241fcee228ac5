import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StorageConnection } from '../../src/lib/config/config.ts';
import { createRefreshQueue } from '../../src/lib/storage/refresh-queue.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';

const connection = useAzurite();
const address = { partitionKey: 'p', rowKey: 'r' };

/** The connection with another account key. */
function foreign(): StorageConnection {
  const good = connection();
  if (good.kind !== 'connection-string') throw new Error('Azurite has a connection string');
  const accountKey = `AccountKey=${randomBytes(64).toString('base64')};`;
  const connectionString = good.connectionString.replace(/AccountKey=[^;]+;/, accountKey);
  return { kind: 'connection-string', connectionString };
}

/** The connection with ports that nobody listens on. */
function dead(): StorageConnection {
  const good = connection();
  if (good.kind !== 'connection-string') throw new Error('Azurite has a connection string');
  const connectionString = good.connectionString.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:9');
  return { kind: 'connection-string', connectionString };
}

describe('a table', () => {
  it('is made at its first use, by several at once', async () => {
    const table = newTable(connection());
    const others = Array.from({ length: 5 }, () => createTable(table.name, connection()));
    const rows = others.map((other, n) =>
      other.change({ kind: 'insert', row: { ...address, rowKey: `${n}` } }),
    );
    await Promise.all(rows);
    expect(await table.get({ ...address, rowKey: '4' })).toMatchObject({ rowKey: '4' });
  });

  it('that is missing reads as empty', async () => {
    const table = newTable(connection());
    expect(await table.get(address)).toBeUndefined();
  });

  it('changes all of several rows or none', async () => {
    const table = newTable(connection());
    await table.change({ kind: 'insert', row: address });
    const other = { ...address, rowKey: 'other' };
    const changes = [
      { kind: 'insert', row: other },
      { kind: 'insert', row: address },
    ] as const;
    await expect(table.changeAll(changes)).rejects.toThrow();
    expect(await table.get(other)).toBeUndefined();
  });

  it('that refuses our key is the operator’s to mend', async () => {
    const table = createTable('tokens', foreign());
    expect((await appErrorOf(() => table.get(address))).code).toBe('misconfigured');
  });

  it('that does not answer is unavailable', async () => {
    const table = createTable('tokens', dead());
    expect((await appErrorOf(() => table.get(address))).code).toBe('temporarily_unavailable');
  });
});

describe('a queue', () => {
  it('is made at its first use', async () => {
    expect(await createRefreshQueue(connection()).depth()).toBe(0);
  });

  it('that refuses our key is the operator’s to mend', async () => {
    const queue = createRefreshQueue(foreign());
    expect((await appErrorOf(() => queue.depth())).code).toBe('misconfigured');
  });

  it('that does not answer is unavailable', async () => {
    const queue = createRefreshQueue(dead());
    expect((await appErrorOf(() => queue.depth())).code).toBe('temporarily_unavailable');
  });
});
