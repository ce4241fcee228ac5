import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { TableClient } from '@azure/data-tables';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startAzurite } from '../../dev/azurite.ts';
import { listenOnLoopback } from '../../dev/loopback-servers.ts';
import { type FaultAction, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { until } from '../support/until.ts';

const phases = ['before', 'after'] as const;
const anHour = 3_600_000;
const rows = '{"value":[{"a":1},{"a":2}]}';

/** A proxy in front of a server that answers with two rows, and the paths that this has seen. */
async function start(answer?: RequestListener): Promise<{ proxy: FaultProxy; seen: string[] }> {
  const seen: string[] = [];
  const upstream = await listenOnLoopback(0, (incoming, response) => {
    seen.push(incoming.url ?? '');
    if (answer) return answer(incoming, response);
    response.setHeader('content-type', 'application/json');
    response.end(rows);
  });
  onTestFinished(upstream.close);
  const proxy = await startFaultProxy(upstream.origin);
  onTestFinished(proxy.close);
  return { proxy, seen };
}

const text = async (url: string) => (await fetch(url)).text();

/** The answer's head, and what came of its body before the connection was cut. */
async function cutAnswer(url: string) {
  const [incoming] = (await once(request(url).end(), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [error] = await once(incoming, 'error');
  return { headers: incoming.headers, body: Buffer.concat(chunks).toString(), error };
}

/** A client in a process of its own, which can be killed. */
function startClient(url: string) {
  const client = spawn(process.execPath, ['-e', `void fetch(${JSON.stringify(url)})`]);
  onTestFinished(() => void client.kill('SIGKILL'));
  return client;
}

const connectionReset = { cause: { code: 'ECONNRESET' } };

describe('without a rule', () => {
  test('requests and answers pass as they are', async () => {
    const got: { method?: string; headers?: string[]; body?: Buffer } = {};
    const { proxy, seen } = await start(async (incoming, response) => {
      Object.assign(got, { method: incoming.method, headers: incoming.rawHeaders });
      got.body = await buffer(incoming);
      response.sendDate = false;
      response.writeHead(207, 'Some Of It', ['X-Twice', '1', 'x-twice', '2', 'ETag', 'W/"a"']);
      response.write(Buffer.of(0, 255));
      response.end(Buffer.of(128));
    });
    const path = "/t(PartitionKey='a%2Fb',RowKey='c')?$filter=a%20eq%20'%C3%A4'&x=+";
    const headers = ['Host', 'elsewhere', 'X-MS-Date', 'now', 'If-Match', '*'];
    headers.push('Content-Length', '3');
    const sent = request(`${proxy.origin}`, { method: 'MERGE', path, headers });
    const [incoming] = await once(sent.end(Buffer.of(254, 0, 10)), 'response');

    expect(seen).toEqual([path]);
    expect(got.method).toBe('MERGE');
    expect(got.headers?.slice(0, headers.length)).toEqual(headers);
    expect(got.body).toEqual(Buffer.of(254, 0, 10));
    expect(incoming).toMatchObject({ statusCode: 207, statusMessage: 'Some Of It' });
    expect(incoming.rawHeaders.slice(0, 6)).toEqual(
      ['X-Twice', '1', 'x-twice', '2'].concat(['ETag', 'W/"a"']),
    );
    expect(incoming.headers).not.toHaveProperty('date');
    expect(await buffer(incoming)).toEqual(Buffer.of(0, 255, 128));
  });

  test('requests are recorded once they have ended', async () => {
    const { proxy } = await start();
    const hold = proxy.add({ action: { kind: 'hold' }, when: 'after' }, 1);
    const first = fetch(`${proxy.origin}/first?a=1`, { method: 'POST', body: 'ä' });
    expect(await hold.reached).toMatchObject({ method: 'POST', path: '/first?a=1', body: 'ä' });
    await fetch(`${proxy.origin}/second`);
    const second = { method: 'GET', path: '/second', body: '', status: 200, rows: 2 };
    expect(proxy.requests).toEqual([second]);
    hold.release();
    await first;
    const recorded = { method: 'POST', path: '/first?a=1', body: 'ä', status: 200, rows: 2 };
    expect(proxy.requests).toEqual([second, recorded]);
  });

  test('the connection is cut where the upstream cuts it', async () => {
    const { proxy } = await start((_, response) => void response.destroy());
    await expect(fetch(proxy.origin)).rejects.toMatchObject(connectionReset);
    expect(proxy.requests).toMatchObject([{ status: undefined, rows: 0 }]);
  });
});

describe.each(phases)('%s the upstream', (when) => {
  const passed = when === 'after' ? ['/1'] : [];
  const status = when === 'after' ? 200 : undefined;

  test('a held request waits for its release', async () => {
    const { proxy, seen } = await start();
    const hold = proxy.add({ when, action: { kind: 'hold' } }, 1);
    let isAnswered = false;
    const answer = text(`${proxy.origin}/1`).finally(() => {
      isAnswered = true;
    });
    expect(await hold.reached).toMatchObject({ path: '/1' });
    await fetch(`${proxy.origin}/2`);
    expect(seen).toEqual([...passed, '/2']);
    expect(isAnswered).toBe(false);
    hold.release();
    expect(await answer).toBe(rows);
    expect(seen.toSorted()).toEqual(['/1', '/2']);
  });

  test('a dropped request hears nothing until it is cut', async () => {
    const { proxy, seen } = await start();
    const { reached } = proxy.add({ when, action: { kind: 'drop' } }, 1);
    let isOver = false;
    const lost = fetch(`${proxy.origin}/1`).finally(() => {
      isOver = true;
    });
    await reached;
    expect(proxy.requests).toMatchObject([{ path: '/1', status }]);
    await fetch(`${proxy.origin}/2`);
    expect(isOver).toBe(false);
    proxy.clear();
    await expect(lost).rejects.toMatchObject(connectionReset);
    expect(seen).toEqual([...passed, '/2']);
  });

  test('a reset cuts the connection', async () => {
    const { proxy, seen } = await start();
    const { reached } = proxy.add({ when, action: { kind: 'reset' } });
    await expect(fetch(`${proxy.origin}/1`)).rejects.toMatchObject(connectionReset);
    expect(await reached).toMatchObject({ path: '/1' });
    expect(seen).toEqual(passed);
    expect(proxy.requests).toMatchObject([{ status }]);
  });

  test('a delay passes', async () => {
    const { proxy, seen } = await start();
    const { reached } = proxy.add({ when, action: { kind: 'delay', ms: 100 } });
    const begun = performance.now();
    const answer = text(`${proxy.origin}/1`);
    await reached;
    expect(seen).toEqual(passed);
    expect(await answer).toBe(rows);
    // A timer may be a little early by another clock.
    expect(performance.now() - begun).toBeGreaterThan(95);
  });

  test('an answer replaces the upstream’s', async () => {
    const { proxy, seen } = await start();
    const headers = { 'retry-after': '7' };
    proxy.add({ when, action: { kind: 'answer', status: 503, headers, body: 'busy' } });
    const response = await fetch(`${proxy.origin}/1`);
    expect(response).toMatchObject({ status: 503, statusText: 'Service Unavailable' });
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.text()).toBe('busy');
    expect(seen).toEqual(passed);
    expect(proxy.requests).toMatchObject([{ status }]);
  });

  test('a truncated answer lacks half its body, and the upstream has given it', async () => {
    const { proxy, seen } = await start();
    proxy.add({ when, action: { kind: 'truncate' } });
    const { headers, body, error } = await cutAnswer(`${proxy.origin}/1`);
    expect(headers['content-length']).toBe(String(rows.length));
    expect(headers['content-type']).toBe('application/json');
    expect(body).toBe(rows.slice(0, rows.length / 2));
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(seen).toEqual(['/1']);
    expect(proxy.requests).toMatchObject([{ status: 200, rows: 2 }]);
  });

  test('a client that is killed while it is held is nobody to go on for', async () => {
    const { proxy, seen } = await start();
    const hold = proxy.add({ when, action: { kind: 'hold' } }, 1);
    const client = startClient(`${proxy.origin}/1`);
    await hold.reached;
    client.kill('SIGKILL');
    await until(() => proxy.requests.length === 1);
    hold.release();
    await fetch(`${proxy.origin}/2`);
    expect(seen).toEqual([...passed, '/2']);
    expect(proxy.requests).toMatchObject([{ path: '/1', status }, { path: '/2' }]);
  });

  test.each<FaultAction>([{ kind: 'hold' }, { kind: 'drop' }, { kind: 'delay', ms: anHour }])(
    'closing cuts what is held by $kind',
    async (action) => {
      const { proxy, seen } = await start();
      const { reached } = proxy.add({ when, action });
      const lost = expect(fetch(`${proxy.origin}/1`)).rejects.toThrow('fetch failed');
      await reached;
      await proxy.close();
      expect(proxy.requests).toMatchObject([{ path: '/1', status }]);
      await lost;
      expect(seen).toEqual(passed);
    },
  );

  test.each<FaultAction>([{ kind: 'hold' }, { kind: 'delay', ms: anHour }])(
    'clearing lets go what is held by $kind',
    async (action) => {
      const { proxy } = await start();
      const { reached } = proxy.add({ when, action });
      const answer = text(`${proxy.origin}/1`);
      await reached;
      proxy.clear();
      expect(await answer).toBe(rows);
      expect(await text(`${proxy.origin}/2`)).toBe(rows);
    },
  );
});

test('an answer without a body is cut within its headers', async () => {
  const { proxy } = await start((_, response) => void response.writeHead(204).end());
  proxy.add({ action: { kind: 'truncate' } });
  await expect(fetch(proxy.origin)).rejects.toThrow('fetch failed');
  expect(proxy.requests).toMatchObject([{ status: 204 }]);
});

test('closing cuts what the upstream has not answered', async () => {
  const { proxy, seen } = await start(() => {});
  const lost = expect(fetch(`${proxy.origin}/1`)).rejects.toThrow('fetch failed');
  await until(() => seen.length === 1);
  await proxy.close();
  expect(proxy.requests).toMatchObject([{ path: '/1', status: undefined }]);
  await lost;
});

describe('of several rules', () => {
  const answer = (status: number) => ({ kind: 'answer', status }) as const;
  const statusOf = async (url: string) => (await fetch(url)).status;

  test('the first that matches applies, as often as it says', async () => {
    const { proxy } = await start();
    const matches = ({ path }: { path: string }) => path.startsWith('/a');
    proxy.add({ matches, action: answer(501) }, 2);
    proxy.add({ action: answer(502) }, 2);
    const statuses = [];
    for (const path of ['/b', '/a', '/a', '/a', '/a', '/b']) {
      statuses.push(await statusOf(proxy.origin + path));
    }
    expect(statuses).toEqual([502, 501, 501, 502, 200, 200]);
  });

  test('one applies before the upstream and one after it', async () => {
    const { proxy, seen } = await start();
    const before = proxy.add({ action: { kind: 'hold' } });
    proxy.add({ action: answer(501) });
    proxy.add({ when: 'after', action: answer(502) }, 1);
    proxy.add({ when: 'after', action: answer(503) }, 1);
    const first = statusOf(`${proxy.origin}/1`);
    await before.reached;
    expect(seen).toEqual([]);
    before.release();
    expect(await first).toBe(502);
    expect(await statusOf(`${proxy.origin}/2`)).toBe(503);
    expect(seen).toEqual(['/1', '/2']);
  });

  test('one that was released lets all pass that comes under it', async () => {
    const { proxy } = await start();
    const { release } = proxy.add({ action: answer(501) });
    expect(await statusOf(proxy.origin)).toBe(501);
    release();
    expect(await statusOf(proxy.origin)).toBe(200);
  });
});

test('an insert into a table is committed though its answer was lost', async () => {
  const azurite = await startAzurite();
  onTestFinished(azurite.close);
  const proxy = await startFaultProxy(azurite.tableOrigin);
  onTestFinished(proxy.close);
  const proxied = azurite.connectionString.replace(azurite.tableOrigin, proxy.origin);
  const [table, direct] = [proxied, azurite.connectionString].map((connectionString) =>
    TableClient.fromConnectionString(connectionString, 'rows', {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    }),
  ) as [TableClient, TableClient];
  await table.createTable();
  await table.createEntity({ partitionKey: 'ä b', rowKey: '1' });

  const { reached } = proxy.add({
    when: 'after',
    matches: ({ method, body }) => method === 'POST' && body.includes('"2"'),
    action: { kind: 'drop' },
  });
  const lost = table.createEntity({ partitionKey: 'ä b', rowKey: '2' });
  await reached;
  expect(proxy.requests.at(-1)).toMatchObject({ method: 'POST', status: 204 });
  expect(await direct.getEntity('ä b', '2')).toMatchObject({ rowKey: '2' });
  proxy.clear();
  await expect(lost).rejects.toMatchObject({ code: 'ECONNRESET' });

  await expect(table.createEntity({ partitionKey: 'ä b', rowKey: '2' })).rejects.toMatchObject({
    statusCode: 409,
  });
  const keys = [];
  for await (const { rowKey } of table.listEntities()) keys.push(rowKey);
  expect(keys).toEqual(['1', '2']);
  expect(proxy.requests.at(-1)).toMatchObject({ method: 'GET', status: 200, rows: 2 });
});
