import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { type DeviceTrial, startDeviceTrial } from '../support/device-trial.ts';
import { approveDevice, createDevice, declineDevice } from '../support/devices.ts';
import { storedRows } from '../support/world-state.ts';

let trial: DeviceTrial;
let world: DeviceTrial['world'];
let app: DeviceTrial['app'];
let other: DeviceTrial['other'];
let device: DeviceTrial['device'];
let nextUser: DeviceTrial['nextUser'];
let later: DeviceTrial['later'];
let tokenCalls: DeviceTrial['tokenCalls'];
let identityProviderAnswers: DeviceTrial['identityProviderAnswers'];

beforeAll(async () => {
  trial = await startDeviceTrial();
  ({ world, app, other, device, nextUser, later, tokenCalls, identityProviderAnswers } = trial);
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => trial.close());

it('polling too fast is 429 without a token call, at every instance, and slower once told so', async () => {
  const started = await device.start();
  const pollers = [device, createDevice(other.origin)];
  const expectTooFast = async (longestWait: number) => {
    const before = tokenCalls();
    for (const poller of pollers) {
      const polls = await Promise.all([1, 2, 3].map(() => poller.poll(started)));
      for (const { status, body, retryAfter } of polls) {
        expect([status, body['code']]).toEqual([429, 'slow_down']);
        expect(Number(retryAfter)).toBeGreaterThan(0);
        expect(Number(retryAfter)).toBeLessThanOrEqual(longestWait);
      }
    }
    expect(tokenCalls()).toBe(before);
  };
  expect(await device.poll(started)).toMatchObject({ status: 202, retryAfter: '5' });
  await expectTooFast(5);
  for (const interval of [10, 15]) {
    await later((interval - 5) * 1000);
    identityProviderAnswers({ error: 'slow_down' });
    expect(await device.poll(started)).toMatchObject({ status: 429, retryAfter: `${interval}` });
    await later((interval - 5) * 1000);
    await expectTooFast(5);
    await later(5_000);
    expect(await device.poll(started)).toMatchObject({ status: 202, retryAfter: `${interval}` });
  }
});

it('handle guessing finds nothing, and all guesses are answered alike', async () => {
  const started = await device.start();
  const [hour = '', secret = ''] = started.handle.split('.');
  const flipped = secret.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  const row = (await storedRows(world, 'devices')).at(-1)?.split(' ') ?? [];
  const guesses = [
    ...[`${hour}.${flipped}`, `${hour}.${secret.slice(0, -1)}`, `${hour}.${secret}A`, secret, hour],
    ...[`2999-01-01T00.${secret}`, started.handle.toLowerCase(), `${started.handle}.`, 'x', '*'],
    ...[
      `${hour}.${'A'.repeat(43)}`,
      row[2],
      `${hour}.${row[2]}`,
      `${hour}.${row[2]?.slice(0, 43)}`,
    ],
    ...["' or PartitionKey ne '", `${hour}.' or '1' eq '1`, `${hour}%2e`, started.userCode],
    ...[encodeURIComponent(`${row[1]}/${row[2]}`), 'x'.repeat(4_000)],
  ];
  const before = [await storedRows(world), tokenCalls()];
  const shapes = new Set<string>();
  for (const guess of guesses) {
    const answer = await device.ask(`/device/${guess}`);
    const { requestId, ...shape } = answer.body;
    expect([guess, answer.status, requestId?.length]).toEqual([guess, 404, 36]);
    shapes.add(JSON.stringify([shape, [...answer.headers.keys()].sort()]));
  }
  expect(shapes.size).toBe(1);
  expect([await storedRows(world), tokenCalls()]).toEqual(before);
  expect((await device.poll(started)).status).toBe(202);
});

it('double redemption: of many polls at two instances one has the session, and none later', async () => {
  const started = await device.start();
  await approveDevice(started, nextUser().username);
  const before = tokenCalls();
  const pollers = [device, createDevice(other.origin)];
  const polls = await Promise.all([...pollers, ...pollers, ...pollers, ...pollers].map(pollOnce));
  const [won, ...more] = polls.filter(({ status }) => status === 200);
  expect(more).toEqual([]);
  expect(polls.every(({ status }) => [200, 410, 429].includes(status))).toBe(true);
  await later(30_000);
  for (const poller of pollers) expect((await pollOnce(poller)).status).toBe(410);
  expect(tokenCalls()).toBe(before + 1);
  const { body } = await device.askAs(won?.body['session'] ?? '', '/sessions');
  expect(body['sessions']).toHaveLength(1);

  function pollOnce(poller: typeof device) {
    return poller.poll(started);
  }
});

describe('unbounded device sign-ins', () => {
  /** One that has started none. */
  let fresh: App;

  beforeAll(async () => {
    fresh = await trial.startInstance();
  });

  /** Starts from an address of this machine. */
  const startFrom = (localAddress: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      const options = { localAddress, port: new URL(fresh.origin).port, path: '/device', headers };
      request({ ...options, host: '127.0.0.1', method: 'POST' }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });

  it('no address starts more than twenty, whatever it calls itself', async () => {
    const before = (await storedRows(world, 'devices')).length;
    const statuses: number[] = [];
    for (let times = 0; times < 30; times++) {
      const forged = `192.0.2.${times}`;
      const headers = {
        'x-forwarded-for': forged,
        'x-real-ip': forged,
        forwarded: `for=${forged}`,
      };
      statuses.push(await startFrom('127.0.0.1', { ...headers, 'user-agent': forged }));
    }
    expect(statuses).toEqual([...Array(20).fill(201), ...Array(10).fill(429)]);
    expect((await storedRows(world, 'devices')).length - before).toBe(20);
    const { body, retryAfter } = await createDevice(fresh.origin).ask('/device', {
      method: 'POST',
    });
    expect([body['code'], Number(retryAfter) > 0]).toEqual(['throttled', true]);
  });

  // Elsewhere there is one address of loopback.
  it.runIf(process.platform === 'linux')(
    'all addresses together start 600, those included',
    async () => {
      const statuses: number[] = [];
      for (let host = 1; host <= 32; host++) {
        const starts = Array.from({ length: 20 }, () => startFrom(`127.0.1.${host}`));
        statuses.push(...(await Promise.all(starts)));
      }
      expect(statuses.filter((status) => status === 201)).toHaveLength(580);
      expect(statuses.filter((status) => status === 429)).toHaveLength(60);
    },
  );
});

it('device sign-in unaudited: each start and each end is an event, with who asked', async () => {
  const user = nextUser();
  const logged = app.log.length;
  const getter = createDevice(app.origin, { 'user-agent': 'Getter/1' });
  const [taken, declined, blocked] = [
    await device.start(),
    await device.start(),
    await device.start(),
  ];
  await approveDevice(taken, user.username);
  await declineDevice(declined);
  await getter.poll(taken);
  await getter.poll(taken);
  await getter.poll(declined);
  identityProviderAnswers({ error: 'invalid_grant', error_codes: [53003] });
  await getter.poll(blocked);
  await getter.poll({ handle: 'x' });
  await createDevice(app.origin, { origin: 'null', 'user-agent': 'Getter/1' }).poll(taken);
  // These decide nothing.
  const waiting = await device.start();
  await getter.poll(waiting);
  await getter.poll(waiting);
  const audits = app.log
    .slice(logged)
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  const start = {
    action: 'device-start',
    outcome: 'ok',
    address: '127.0.0.1',
    userAgent: 'Device/1',
  };
  const end = (outcome: string) => ({
    ...{ action: 'device-sign-in', outcome, address: '127.0.0.1', userAgent: 'Getter/1' },
  });
  expect(audits).toMatchObject([
    ...[start, start, start, { ...end('ok'), user: expect.stringMatching(/^[0-9a-f]{12}$/) }],
    ...[end('gone'), end('forbidden'), end('forbidden'), end('not_found')],
    ...[end('csrf_rejected'), start],
  ]);
  // What was started is what ended.
  const [first, second, third, ...ends] = audits.map(({ signIn }) => signIn);
  expect(ends.slice(0, 4)).toEqual([first, first, second, third]);
  expect(new Set([first, second, third]).size).toBe(3);
  expect(JSON.stringify(audits)).not.toMatch(new RegExp(`${user.oid}|${user.username}`));
});
