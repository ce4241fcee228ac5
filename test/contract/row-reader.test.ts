import { afterEach, describe, expect, it } from 'vitest';
import type { StorageConnection } from '../../src/lib/config.ts';
import type { Row } from '../../src/lib/storage/row.ts';
import { createRowReader } from '../../src/lib/storage/row-reader.ts';
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

/** A table with one row, read by the SDK alone and by the reader alone. */
async function written(content: Row = row) {
  const table = newTable(connection());
  await table.change({ kind: 'insert', row: content });
  const bySdk = createTable(table.name, connection(), async () => undefined);
  return { name: table.name, bySdk, readRow: createRowReader(connection()) };
}

describe('a row that is read by a plain request', () => {
  it('is what the SDK reads', async () => {
    const { name, bySdk, readRow } = await written();
    const select = Object.keys(row).slice(2);
    const found = await readRow(name, address, select);
    expect({ ...found?.row, ...metadata }).toEqual({
      ...(await bySdk.get(address, select)),
      ...metadata,
    });
    expect(found?.row).toMatchObject({ ...row, bytes: Buffer.from([0, 255, 128, 10]) });
  });

  it('has the columns that are asked for', async () => {
    const { name, bySdk, readRow } = await written();
    const found = await readRow(name, address, ['number', 'missing']);
    expect({ ...found?.row, ...metadata }).toEqual({
      ...(await bySdk.get(address, ['number', 'missing'])),
      ...metadata,
    });
    expect(Object.keys(found?.row ?? {}).sort()).toEqual(
      ['etag', 'number', 'partitionKey', 'rowKey'].sort(),
    );
  });

  it('has all columns if none are named', async () => {
    const { name, readRow } = await written();
    expect((await readRow(name, address))?.row).toMatchObject({ text: row['text'], number: 12 });
  });

  it.each(["it's", 'a b', '100 %', 'ü', 'x&y=z', '+', 'c|a|b'])(
    'can have the key %s',
    async (key) => {
      const odd = { partitionKey: key, rowKey: key };
      const { name, readRow } = await written({ ...row, ...odd });
      expect((await readRow(name, odd, ['number']))?.row).toMatchObject({ ...odd, number: 12 });
    },
  );

  it('is none where there is none, or no table', async () => {
    const { name, readRow } = await written();
    expect(await readRow(name, { ...address, rowKey: 'other' })).toEqual({ row: undefined });
    expect(await readRow('tnone', address)).toEqual({ row: undefined });
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
    expect(await createRowReader(other)(name, address)).toBeUndefined();
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
    const readRow = createRowReader({ kind: 'connection-string', connectionString: other });
    expect(await readRow('tokens', address)).toBeUndefined();
  });

  it('and is not where there is no answer in time', async () => {
    server = await serveLocally(() => undefined);
    const origin = new URL(server.url).origin;
    const other = connectionString().replace(/TableEndpoint=[^;]+/, `TableEndpoint=${origin}/acc`);
    const readRow = createRowReader({ kind: 'connection-string', connectionString: other });
    const error = await appErrorOf(() => readRow('tokens', address));
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
    const readRow = createRowReader({
      ...{ kind: 'identity', managed: true, clientId: 'identity-1' },
      ...{ tableServiceUri: `${tables}/`, queueServiceUri: tables },
    });
    expect((await readRow('tokens', address))?.row).toMatchObject({ number: 1, etag: 'W/"1"' });
    await readRow('tokens', address);
    expect(shown).toEqual(['Bearer token-1', 'Bearer token-1']);
    expect(asked).toEqual(['https://storage.azure.com']);
  });
});
