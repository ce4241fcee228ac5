import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StorageConnection } from '../../src/lib/config/config.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { anyVersion, type Change, type Row, type RowAddress } from '../../src/lib/storage/row.ts';
import {
  createRowRequests,
  type RepeatedRequest,
  type RowRequests,
} from '../../src/lib/storage/row-requests.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { signedConnection } from '../support/account-signature.ts';
import { hours } from '../support/clock.ts';
import { type LocalServer, serveLocally } from '../support/http-server.ts';
import { createMovingClock } from '../support/moving-clock.ts';
import { newTable, useAzurite } from '../support/storage.ts';
import { appErrorOf } from '../support/thrown.ts';
import { until } from '../support/until.ts';

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

describe.each(['plain requests', 'the SDK'])('changes by %s', (by) => {
  const other = { ...address, rowKey: 'other' };
  const stale = `W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`;

  /** An empty table, which is there. */
  async function emptyTable() {
    const there = await written({ ...address, rowKey: 'another' });
    const { changeAll, change: changeOne } = there.bySdk;
    const bySdk = async (first: Change, ...more: Change[]) => ({
      etag: await (more.length > 0 ? changeAll([first, ...more]) : changeOne(first)),
    });
    const plainly = (...changes: Change[]) => there.change(there.name, changes);
    const change = by === 'the SDK' ? bySdk : plainly;
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
});

describe('where a plain request does not say what there is, the SDK is asked', () => {
  const other = { ...address, rowKey: 'other' };
  const changes: Change[] = [{ kind: 'upsert', row }];
  const transaction: Change[] = [...changes, { kind: 'insert', row: other }];

  it('for a table that is not there: it makes it', async () => {
    const repeated: RepeatedRequest[] = [];
    const { change } = createRowRequests(connection(), (request) => repeated.push(request));
    expect(await change('tnotthere', changes)).toBeUndefined();
    expect(await change('tnotthere', transaction)).toBeUndefined();
    // That is nothing to be told of.
    expect(repeated).toEqual([]);
  });

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
    const elsewhere: StorageConnection = { kind: 'connection-string', connectionString: given() };
    expect(await createRowRequests(elsewhere).get(name, address)).toBeUndefined();
    const { change } = createRowRequests(elsewhere);
    expect(await change(name, changes)).toBeUndefined();
    expect(await change(name, transaction)).toBeUndefined();
  });

  /** Requests to a server that does as it likes. */
  async function requestsTo(
    listener: Parameters<typeof serveLocally>[0],
    repeated?: (request: RepeatedRequest) => void,
  ) {
    server = await serveLocally(listener);
    const endpoint = `TableEndpoint=${new URL(server.url).origin}/acc`;
    const given = connectionString().replace(/TableEndpoint=[^;]+/, endpoint);
    return createRowRequests({ kind: 'connection-string', connectionString: given }, repeated);
  }

  it.each([
    [500, '{}'],
    [503, '{}'],
    [200, 'no JSON'],
    [200, '{"PartitionKey":"a"}'],
    [202, 'no parts'],
    [404, '{"odata.error":{"code":"TableNotFound"}}'],
  ])('%s %s', async (status, body) => {
    const repeated: RepeatedRequest[] = [];
    const requests = await requestsTo(
      (_request, response) => response.writeHead(status).end(body),
      (request) => repeated.push(request),
    );
    if (status !== 404) expect(await requests.get('tokens', address)).toBeUndefined();
    expect(await requests.change('tokens', changes)).toBeUndefined();
    expect(await requests.change('tokens', transaction)).toBeUndefined();
    const methods = status === 404 ? [] : ['GET', 'PUT', 'POST'];
    expect(repeated).toEqual(methods.map((method) => ({ table: 'tokens', method, status })));
  });

  it.each([204, 409, 412])('of a transaction that is answered %d as a whole', async (status) => {
    const requests = await requestsTo((_request, response) => response.writeHead(status).end());
    expect(await requests.change('tokens', transaction)).toBeUndefined();
  });

  it('which is told of where a part of a transaction fails, with its status', async () => {
    const repeated: RepeatedRequest[] = [];
    const part = 'HTTP/1.1 503 Service Unavailable\r\n\r\n{"odata.error":{"code":"ServerBusy"}}';
    const requests = await requestsTo(
      (_request, response) => response.writeHead(202).end(`--batch\r\n\r\n${part}`),
      (request) => repeated.push(request),
    );
    expect(await requests.change('tokens', transaction)).toBeUndefined();
    expect(repeated).toEqual([{ table: 'tokens', method: 'POST', status: 503 }]);
  });

  it('which is told of where the connection fails', async () => {
    const repeated: RepeatedRequest[] = [];
    const requests = await requestsTo(
      (request) => request.socket.destroy(),
      (request) => repeated.push(request),
    );
    expect(await requests.get('tokens', address)).toBeUndefined();
    expect(repeated).toEqual([{ table: 'tokens', method: 'GET', status: undefined }]);
  });

  it('and is not where all is well', async () => {
    const repeated: RepeatedRequest[] = [];
    const { name } = await written();
    const well = createRowRequests(connection(), (request) => repeated.push(request));
    expect((await well.get(name, address))?.row).toBeDefined();
    expect(await well.change(name, changes)).toBeDefined();
    expect(await well.change(name, transaction)).toBeDefined();
    expect(repeated).toEqual([]);
  });

  it('and is not where there is no answer in time', async () => {
    let asked = 0;
    const requests = await requestsTo(() => {
      asked += 1;
    });
    const all = [
      () => requests.get('tokens', address),
      () => requests.change('tokens', changes),
      () => requests.change('tokens', transaction),
    ];
    const codes = await Promise.all(all.map(async (ask) => (await appErrorOf(ask)).code));
    expect(codes).toEqual(all.map(() => 'temporarily_unavailable'));
    expect(asked).toBe(all.length);
  });
});

describe('an app that signs in to storage with its identity', () => {
  // One for all: its package remembers where it is, and each identity's tokens.
  let identity: LocalServer;
  let tables: LocalServer;
  let asked: string[];
  let answers: number;
  const shown: unknown[] = [];

  beforeAll(async () => {
    identity = await serveLocally((request, response) => {
      asked.push(
        new URL(request.url ?? '/', 'http://localhost').searchParams.get('resource') ?? '',
      );
      if (asked.length > answers) return;
      const expires = Math.floor(Date.now() / 1000) + 86_400;
      response.setHeader('content-type', 'application/json');
      const token = { access_token: `token-${asked.length}`, expires_on: expires };
      response.end(JSON.stringify({ ...token, token_type: 'Bearer' }));
    });
    tables = await serveLocally((request, response) => {
      shown.push(request.headers.authorization);
      response.setHeader('etag', 'W/"1"').end('{"number":1}');
    });
    process.env['IDENTITY_ENDPOINT'] = `${new URL(identity.url).origin}/msi/token`;
    process.env['IDENTITY_HEADER'] = 'header';
  });

  afterAll(async () => {
    delete process.env['IDENTITY_ENDPOINT'];
    delete process.env['IDENTITY_HEADER'];
    await Promise.all([identity.close(), tables.close()]);
  });

  /** @param times how often the identity answers, and then no more. */
  function identityThatAnswers(times: number) {
    [asked, answers] = [[], times];
    shown.length = 0;
    const tableServiceUri = `${new URL(tables.url).origin}/`;
    return createRowRequests({
      ...{ kind: 'identity', managed: true, clientId: randomUUID() },
      ...{ tableServiceUri, queueServiceUri: tableServiceUri },
    });
  }

  it('shows the identity’s token, and asks for it once, whoever wants it', async () => {
    const { get } = identityThatAnswers(1);
    const reads = await Promise.all([1, 2, 3].map(() => get('tokens', address)));
    expect(reads.map((read) => read?.row?.['number'])).toEqual([1, 1, 1]);
    await get('tokens', address);
    expect(new Set(shown)).toEqual(new Set(['Bearer token-1']));
    expect(asked).toEqual(['https://storage.azure.com']);
  });

  it('goes on with a token that is good while the identity does not answer', async () => {
    const clock = createMovingClock();
    try {
      const { get } = identityThatAnswers(1);
      await get('tokens', address);
      await clock.advance(13 * hours, []);
      for (let times = 0; times < 3; times++) await get('tokens', address);
      expect(shown).toEqual(Array(4).fill('Bearer token-1'));
      await until(() => asked.length === 2);
    } finally {
      clock.restore();
    }
  });

  it('is told soon if there is no token and none to be had', async () => {
    const { get } = identityThatAnswers(0);
    const error = await appErrorOf(() => get('tokens', address));
    expect(error.code).toBe('temporarily_unavailable');
  });
});
