import { afterEach, describe, expect, it } from 'vitest';
import type { StorageConnection } from '../../src/lib/config.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { anyVersion, type Change, type Row, type RowAddress } from '../../src/lib/storage/row.ts';
import { createRowRequests, type RowRequests } from '../../src/lib/storage/row-requests.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { signedConnection } from '../support/account-signature.ts';
import { type LocalServer, serveLocally } from '../support/http-server.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';

const connection = useAzurite();
const address = { partitionKey: 'a', rowKey: 'c|x|code' };

const row: Row = {
  ...address,
  text: 'ünï "quoted" @odata.type',
  empty: '',
  number: 12,
  fraction: 0.5,
  yes: true,
  at: new Date('2026-01-02T03:04:05.678Z'),
  bytes: Uint8Array.from([0, 255, 128, 10]),
};

/** The SDK leaves it in the row. */
const metadata = { 'odata.metadata': undefined };

function connectionString(): string {
  const given = connection();
  return given.kind === 'connection-string' ? given.connectionString : '';
}

/** The SDK is asked for all. */
const noRequests: RowRequests = { get: async () => undefined, change: async () => undefined };

/** A table with one row, for the SDK alone and for plain requests alone. */
async function written(content: Row = row) {
  const table = newTable(connection());
  await table.change({ kind: 'insert', row: content });
  const bySdk = createTable(table.name, connection(), noRequests);
  return { name: table.name, bySdk, ...createRowRequests(connection()) };
}

describe('a row that is read by a plain request', () => {
  it('is what the SDK reads', async () => {
    const { name, bySdk, get } = await written();
    const select = Object.keys(row).slice(2);
    const found = await get(name, address, select);
    expect({ ...found?.row, ...metadata }).toEqual({
      ...(await bySdk.get(address, select)),
      ...metadata,
    });
    expect(found?.row).toMatchObject({ ...row, bytes: Buffer.from([0, 255, 128, 10]) });
  });

  it('has the columns that are asked for', async () => {
    const { name, bySdk, get } = await written();
    const found = await get(name, address, ['number', 'missing']);
    expect({ ...found?.row, ...metadata }).toEqual({
      ...(await bySdk.get(address, ['number', 'missing'])),
      ...metadata,
    });
    expect(Object.keys(found?.row ?? {}).sort()).toEqual(
      ['etag', 'number', 'partitionKey', 'rowKey'].sort(),
    );
  });

  it('has all columns if none are named', async () => {
    const { name, get } = await written();
    expect((await get(name, address))?.row).toMatchObject({ text: row['text'], number: 12 });
  });

  it.each(["it's", 'a b', '100 %', 'ü', 'x&y=z', '+', 'c|a|b'])(
    'can have the key %s',
    async (key) => {
      const odd = { partitionKey: key, rowKey: key };
      const { name, get } = await written({ ...row, ...odd });
      expect((await get(name, odd, ['number']))?.row).toMatchObject({ ...odd, number: 12 });
    },
  );

  it('is none where there is none, or no table', async () => {
    const { name, get } = await written();
    expect(await get(name, { ...address, rowKey: 'other' })).toEqual({ row: undefined });
    expect(await get('tnone', address)).toEqual({ row: undefined });
  });
});

describe('changes by plain requests', () => {
  const other = { ...address, rowKey: 'other' };
  const stale = `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`;

  /** An empty table, which is there. */
  async function emptyTable() {
    const there = await written({ ...address, rowKey: 'another' });
    const change = (...changes: Change[]) => there.change(there.name, changes);
    const etagOf = async (of: RowAddress) => (await there.bySdk.get(of))?.etag;
    return { ...there, change, etagOf };
  }

  it('insert what the SDK reads', async () => {
    const { bySdk, change, etagOf } = await emptyTable();
    const big = { ...row, large: 3e12, negative: -1, least: -(2 ** 31), most: 2 ** 31 };
    expect(await change({ kind: 'insert', row: big })).toEqual({ etag: await etagOf(address) });
    expect(await bySdk.get(address)).toMatchObject({
      ...big,
      bytes: Buffer.from([0, 255, 128, 10]),
    });
  });

  it.each(["it's", 'a b', '100 %', 'ü', 'x&y=z', '+'])('of a row with the key %s', async (key) => {
    const { bySdk, change } = await emptyTable();
    const odd = { partitionKey: key, rowKey: key };
    await change({ kind: 'upsert', row: { ...odd, number: 1 } });
    await change({ kind: 'merge', row: { ...odd, text: key }, etag: anyVersion });
    expect(await bySdk.get(odd)).toMatchObject({ ...odd, number: 1, text: key });
    expect(await change({ kind: 'delete', row: odd })).toEqual({ etag: '' });
    expect(await bySdk.get(odd)).toBeUndefined();
  });

  it('replace and merge the version that they name, and say the new one', async () => {
    const { bySdk, change, etagOf } = await emptyTable();
    const { etag = '' } = (await change({ kind: 'insert', row: { ...row, gone: 1 } })) ?? {};
    const replaced = await change({ kind: 'replace', row: { ...row, number: 2 }, etag });
    expect(replaced).toEqual({ etag: await etagOf(address) });
    expect(await bySdk.get(address)).not.toHaveProperty('gone');
    await change({ kind: 'merge', row: { ...address, text: 'new' }, etag: replaced?.etag ?? '' });
    expect(await bySdk.get(address)).toMatchObject({ number: 2, text: 'new' });
  });

  it.each<[string, Change]>([
    ['an insert of a row that is there', { kind: 'insert', row }],
    ['a replacement of another version', { kind: 'replace', row, etag: stale }],
    ['a merge into another version', { kind: 'merge', row, etag: stale }],
  ])('%s is a conflict, alone and among others', async (_name, refused) => {
    const { bySdk, change } = await emptyTable();
    await change({ kind: 'insert', row });
    await expect(change(refused)).rejects.toThrow(ConflictError);
    const both = change({ kind: 'insert', row: other }, refused);
    await expect(both).rejects.toThrow(ConflictError);
    expect(await bySdk.get(other)).toBeUndefined();
  });

  it.each<[string, Change]>([
    ['a replacement', { kind: 'replace', row, etag: stale }],
    ['a merge', { kind: 'merge', row, etag: anyVersion }],
    ['a deletion', { kind: 'delete', row: address }],
  ])('%s of a row that is not there fails, alone and among others', async (_name, refused) => {
    const { bySdk, change } = await emptyTable();
    await expect(change(refused)).rejects.toThrow(GoneError);
    const both = change({ kind: 'insert', row: other }, refused);
    await expect(both).rejects.toThrow(GoneError);
    expect(await bySdk.get(other)).toBeUndefined();
  });

  it('are all made at once, and the version is the first row’s', async () => {
    const { bySdk, change, etagOf } = await emptyTable();
    await change({ kind: 'insert', row: { ...other, number: 1 } });
    const gone = { ...address, rowKey: 'gone' };
    await change({ kind: 'insert', row: gone });
    const changed = await change(
      { kind: 'replace', row: { ...other, number: 2 }, etag: anyVersion },
      { kind: 'delete', row: gone },
      { kind: 'insert', row },
    );
    expect(changed).toEqual({ etag: await etagOf(other) });
    expect(await bySdk.get(other)).toMatchObject({ number: 2 });
    expect(await bySdk.get(gone)).toBeUndefined();
    expect(await bySdk.get(address)).toMatchObject({ number: 12 });
  });

  it('of a table that is not there are the SDK’s, which makes it', async () => {
    const { change } = createRowRequests(connection());
    const changes: Change[] = [{ kind: 'insert', row }];
    expect(await change('tnotthere', changes)).toBeUndefined();
    expect(await change('tnotthere', [...changes, { kind: 'insert', row: other }])).toBeUndefined();
  });
});

describe('where a plain request does not say what there is, the SDK is asked', () => {
  let server: LocalServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it.each<[string, () => string]>([
    [
      'a signature instead of the key',
      () => signedConnection(connectionString(), { services: 't', permissions: 'rwdlacu' }),
    ],
    ['another key', () => connectionString().replace(/AccountKey=[^;]{4}/, 'AccountKey=AAAA')],
    ['nobody listens', () => connectionString().replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:9')],
  ])('%s', async (_name, given) => {
    const { name } = await written();
    const other: StorageConnection = { kind: 'connection-string', connectionString: given() };
    expect(await createRowRequests(other).get(name, address)).toBeUndefined();
    const changes: Change[] = [{ kind: 'upsert', row }];
    expect(await createRowRequests(other).change(name, changes)).toBeUndefined();
  });

  it.each([
    [500, '{}'],
    [503, '{}'],
    [200, 'no JSON'],
    [200, '{"PartitionKey":"a"}'],
  ])('%s %s', async (status, body) => {
    server = await serveLocally((_request, response) => response.writeHead(status).end(body));
    const origin = new URL(server.url).origin;
    const other = connectionString().replace(/TableEndpoint=[^;]+/, `TableEndpoint=${origin}/acc`);
    const { get } = createRowRequests({ kind: 'connection-string', connectionString: other });
    expect(await get('tokens', address)).toBeUndefined();
  });

  it('and is not where there is no answer in time', async () => {
    server = await serveLocally(() => undefined);
    const origin = new URL(server.url).origin;
    const other = connectionString().replace(/TableEndpoint=[^;]+/, `TableEndpoint=${origin}/acc`);
    const { get } = createRowRequests({ kind: 'connection-string', connectionString: other });
    const error = await appErrorOf(() => get('tokens', address));
    expect(error.code).toBe('temporarily_unavailable');
  });
});

describe('an app that signs in to storage with its identity', () => {
  let servers: LocalServer[] = [];
  afterEach(async () => {
    for (const server of servers) await server.close();
    servers = [];
    delete process.env['IDENTITY_ENDPOINT'];
    delete process.env['IDENTITY_HEADER'];
  });

  async function serve(...listener: Parameters<typeof serveLocally>): Promise<string> {
    const server = await serveLocally(...listener);
    servers.push(server);
    return new URL(server.url).origin;
  }

  it('shows the identity’s token, and asks for it once', async () => {
    const asked: string[] = [];
    const identity = await serve((request, response) => {
      asked.push(
        new URL(request.url ?? '/', 'http://localhost').searchParams.get('resource') ?? '',
      );
      const expires = Math.floor(Date.now() / 1000) + 3600;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ access_token: 'token-1', expires_on: expires, token_type: 'Bearer' }),
      );
    });
    const shown: unknown[] = [];
    const tables = await serve((request, response) => {
      shown.push(request.headers.authorization);
      response.setHeader('etag', 'W/"1"').end('{"number":1}');
    });
    process.env['IDENTITY_ENDPOINT'] = `${identity}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'header';
    const { get } = createRowRequests({
      ...{ kind: 'identity', managed: true, clientId: 'identity-1' },
      ...{ tableServiceUri: `${tables}/`, queueServiceUri: tables },
    });
    expect((await get('tokens', address))?.row).toMatchObject({ number: 1, etag: 'W/"1"' });
    await get('tokens', address);
    expect(shown).toEqual(['Bearer token-1', 'Bearer token-1']);
    expect(asked).toEqual(['https://storage.azure.com']);
  });
});
