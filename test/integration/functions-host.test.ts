import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { type FunctionsHost, readRegistrations, startHost } from '../../dev/functions-host/host.ts';
import { until } from '../support/until.ts';

declare global {
  var functionsHostFixture: {
    timers: unknown[];
    messages: { message: unknown; attempt: unknown }[];
    /** Requests to `/wait` wait for it. */
    gate: Promise<void>;
  };
}

const hostJson = {
  version: '2.0',
  extensions: { http: { routePrefix: '' }, queues: { maxPollingInterval: '00:00:00.2' } },
};
const queueName = 'work';
const lines: string[] = [];
let folder: string;
let bundle: string;
let azurite: Azurite;
let host: FunctionsHost;
let service: QueueServiceClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'functions-host-'));
  bundle = join(folder, 'index.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'functions-host.fixture.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['@azure/functions-core'],
  });
  await writeFile(join(folder, 'host.json'), JSON.stringify(hostJson));
  azurite = await startAzurite();
  service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  host = await start();
});

afterAll(async () => {
  await host?.close();
  await azurite?.close();
  await rm(folder, { recursive: true, force: true });
});

function start(settings: Record<string, string> = {}): Promise<FunctionsHost> {
  return startHost({
    bundle,
    port: 0,
    environment: {
      CLOCK_SCHEDULE: '0 0 0 1 1 *',
      WORK_QUEUE: queueName,
      WORK_STORAGE: azurite.connectionString,
      ...settings,
    },
    log: (level, text) => lines.push(`${level} ${text}`),
  });
}

async function getJson(path: string, init?: RequestInit): Promise<unknown> {
  return (await fetch(host.origin + path, init)).json();
}

describe('routes', () => {
  test.each([
    ['/items/new', { name: 'new-item' }],
    ['/ITEMS/New/', { name: 'new-item' }],
    ['/items/7', { name: 'item', id: '7' }],
    ['/items/a%20b%2Fc', { name: 'item', id: 'a b%2Fc' }],
    ['/items/7/files/x/y', { name: 'files', id: '7', path: 'x/y' }],
    ['/items/7/files', { name: 'files', id: '7' }],
    ['/items/7/other', { name: 'rest', path: 'items/7/other' }],
    ['/', { name: 'rest' }],
  ])('%s', async (path, expected) => {
    expect(await getJson(path)).toEqual(expected);
  });

  test('a method that no function has is not found', async () => {
    const response = await fetch(`${host.origin}/items/7`, { method: 'DELETE' });
    expect(response.status).toBe(404);
  });

  test('dot segments are resolved, however they are written', async () => {
    expect(await rawRequest('/items/7/%2e%2e/../echo?x=1')).toContain(
      `"url":"${host.origin}/echo?x=1"`,
    );
  });

  test('an escaped slash stays escaped', async () => {
    expect(await rawRequest('/items/7/files/..%2Fx')).toContain('"path":"..%2Fx"');
  });
});

describe('requests and responses', () => {
  test('a repeated query parameter is joined by commas', async () => {
    expect(await getJson('/echo?x=1&x=2')).toMatchObject({
      x: '1,2',
      url: `${host.origin}/echo?x=1&x=2`,
    });
  });

  test('a repeated header is joined by commas', async () => {
    expect(await rawRequest('/echo', ['X-Repeated: a', 'x-repeated: b'])).toContain(
      '"repeated":"a,b"',
    );
  });

  test('a body arrives', async () => {
    const sent = await getJson('/echo', { method: 'POST', body: 'text' });
    expect(sent).toMatchObject({ method: 'POST', body: 'text' });
  });

  test('a body above 10 MB is refused', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    const response = await fetch(`${host.origin}/echo`, { method: 'POST', body });
    expect(response.status).toBe(413);
  });

  test('all cookies of the array arrive', async () => {
    const response = await fetch(`${host.origin}/cookies`);
    expect(response.headers.getSetCookie()).toEqual([
      'first=a%2Fb; path=/; samesite=lax; httponly',
      'second=; max-age=0; path=/; secure; samesite=none',
    ]);
  });

  test('of cookies appended to the headers only the last arrives', async () => {
    const response = await fetch(`${host.origin}/header-cookies`);
    expect(response.headers.getSetCookie()).toEqual(['second=2']);
  });

  test('a redirect is passed on', async () => {
    const response = await fetch(`${host.origin}/redirect`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/items/new');
  });

  test('HEAD has no body', async () => {
    const response = await fetch(`${host.origin}/items/new`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test('a function that returns nothing answers 204', async () => {
    expect((await fetch(`${host.origin}/nothing`)).status).toBe(204);
  });

  test('a function that throws answers 500, and the log tells why', async () => {
    const response = await fetch(`${host.origin}/fail?secret=1`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe('');
    const errors = lines.filter((line) => line.startsWith('error [host] fail failed:'));
    expect(errors[0]).toContain('expected by the test');
  });

  test('the log holds routes, neither paths nor queries', async () => {
    await fetch(`${host.origin}/items/private?secret=1`);
    await until(() => lines.join('\n').includes('GET /items/{id}: 200'));
    expect(lines.join('\n')).not.toMatch(/secret=|private/);
  });
});

test('a line that is logged after the end of its invocation comes with a warning', async () => {
  expect((await fetch(`${host.origin}/late`)).status).toBe(200);
  await vi.waitFor(() => expect(lines).toContain('warning too late'));
  const before = lines[lines.indexOf('warning too late') - 1];
  expect(before).toMatch(/^warning \[host\] Unexpected call to 'log'.* Function name: late\.$/);
});

describe('timers', () => {
  test('one is run by hand with the schedule as the library gives it', async () => {
    await host.runTimer('clock');
    expect(globalThis.functionsHostFixture.timers.at(-1)).toMatchObject({
      schedule: { adjustForDST: true },
      scheduleStatus: { next: expect.stringMatching(/-01-01T00:00:00.000Z$/) },
      isPastDue: false,
    });
    expect(lines).toContain('information tick');
  });

  test.each([
    [{ WEBSITE_TIME_ZONE: 'Asia/Tokyo', TZ: 'Europe/Berlin' }, /-12-31T15:00:00.000Z$/],
    [{ TZ: ':Europe/Berlin' }, /-12-31T23:00:00.000Z$/],
    [{ TZ: 'Europe/Nowhere' }, /-01-01T00:00:00.000Z$/],
  ])('one keeps to its schedule in the time zone of %j', async (zone, expected) => {
    await host.close();
    host = await start(zone);
    await host.runTimer('clock');
    const { scheduleStatus } = globalThis.functionsHostFixture.timers.at(-1) as {
      scheduleStatus: { next: string };
    };
    expect(scheduleStatus.next).toMatch(expected);
    await host.close();
    host = await start();
  });

  test('one is run through the admin endpoint', async () => {
    const before = globalThis.functionsHostFixture.timers.length;
    const response = await fetch(`${host.origin}/admin/functions/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(202);
    await until(() => globalThis.functionsHostFixture.timers.length > before);
    expect(globalThis.functionsHostFixture.timers).toHaveLength(before + 1);
  });

  test('an unknown one is an error', async () => {
    await expect(host.runTimer('nobody')).rejects.toThrow('there is no timer nobody');
  });
});

describe('queues', () => {
  test('a message is processed once and deleted', async () => {
    await send(queueName, { id: 'once' });
    await vi.waitFor(async () => {
      expect(attempts('once')).toEqual([1]);
      const { approximateMessagesCount } = await service.getQueueClient(queueName).getProperties();
      expect(approximateMessagesCount).toBe(0);
    }, 10_000);
    expect(attempts('once')).toEqual([1]);
  });

  test('a message that fails five times is moved to the poison queue', async () => {
    await send(queueName, { id: 'poison', fail: true });
    const poison = service.getQueueClient(`${queueName}-poison`);
    const messages = await vi.waitFor(async () => {
      const { peekedMessageItems } = await poison.peekMessages();
      expect(peekedMessageItems).toHaveLength(1);
      return peekedMessageItems;
    }, 20_000);
    expect(attempts('poison')).toEqual([1, 2, 3, 4, 5]);
    const text = Buffer.from(messages[0]?.messageText ?? '', 'base64').toString();
    expect(JSON.parse(text)).toEqual({ id: 'poison', fail: true });
  });
});

test('registrations are read without starting anything', () => {
  const registrations = readRegistrations(bundle);
  expect(registrations).toHaveLength(14);
  expect(registrations).toContainEqual({
    name: 'item',
    trigger: {
      type: 'httpTrigger',
      route: 'items/{id}',
      methods: ['GET', 'POST', 'HEAD'],
      authLevel: 'anonymous',
    },
  });
  expect(registrations.find(({ name }) => name === 'clock')?.trigger).toEqual({
    type: 'timerTrigger',
    schedule: '%CLOCK_SCHEDULE%',
    runOnStartup: false,
  });
  expect(registrations.find(({ name }) => name === 'worker')?.trigger).toEqual({
    type: 'queueTrigger',
    queueName: '%WORK_QUEUE%',
    connection: 'WORK_STORAGE',
  });
});

test('a closed host leaves no open port', async () => {
  const second = await start();
  await second.close();
  const { port } = new URL(second.origin);
  const reached = await new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.once('connect', () => resolve('connected')).once('error', () => resolve('refused'));
  });
  expect(reached).toBe('refused');
});

test('closing lets a request in progress end', async () => {
  const second = await start();
  let open = () => {};
  globalThis.functionsHostFixture.gate = new Promise((resolve) => {
    open = resolve;
  });
  const before = lines.length;
  const answer = fetch(`${second.origin}/wait`);
  await until(() => lines.slice(before).includes('information waiting'));
  const closed = second.close();
  open();
  expect(await (await answer).text()).toBe('waited');
  await closed;
}, 9_000);

async function send(queue: string, content: object): Promise<void> {
  const client = service.getQueueClient(queue);
  await client.createIfNotExists();
  await client.sendMessage(Buffer.from(JSON.stringify(content)).toString('base64'));
}

function attempts(id: string): unknown[] {
  return globalThis.functionsHostFixture.messages
    .filter(({ message }) => (message as { id?: unknown }).id === id)
    .map(({ attempt }) => attempt);
}

/** Sends a path exactly as it is: `fetch` would normalise it. */
function rawRequest(path: string, headers: readonly string[] = []): Promise<string> {
  const { port, host: authority } = new URL(host.origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    socket.once('end', () => resolve(text)).once('error', reject);
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${authority}`, 'Connection: close', ...headers];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}
