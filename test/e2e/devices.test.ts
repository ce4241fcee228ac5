import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import {
  approveDevice,
  createDevice,
  declineDevice,
  type StartedDevice,
} from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(20)];
const minute = 60_000;
const day = 24 * 60 * minute;

let world: World;
let app: App;
let clock: MovingClock;
let device: ReturnType<typeof createDevice>;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({
    environment: { SESSION_IDLE_HOURS: '2400', SESSION_MAX_DAYS: '100' },
  });
  device = createDevice(app.origin);
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(async () => {
  clock.restore();
  await world.close();
});

const nextUser = () => users.pop() ?? users[0];
const later = (ms: number) => clock.advance(ms, [app]);
/** Takes no messages, and its clock is as far on as everybody's. */
async function startOther(environment: Record<string, string> = {}): Promise<App> {
  const other = await world.startApp({ queues: false, environment });
  await clock.advance(0, [other]);
  return other;
}

const deviceCalls = () =>
  world.identityProvider.tokenCalls.filter(({ grantType }) => grantType === 'device_code').length;

async function signedIn(username = nextUser()?.username ?? '') {
  const started = await device.start();
  await approveDevice(started, username);
  const { body } = await device.poll(started);
  return { started, session: body['session'] ?? '' };
}

/** What the token endpoint answers next to a device. */
function answerNext(body: object, status = 400, headers = {}): void {
  world.identityProvider.faults.next(1, { kind: 'answer', status, body, headers });
}

describe('a device sign-in', () => {
  it('is started, waited for, and ends with a bearer session', async () => {
    const user = nextUser();
    const started = await device.start();
    expect(started).toEqual({
      handle: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d\.[\w-]{43}$/),
      userCode: expect.stringMatching(/^[A-Z]{9}$/),
      verificationUri: `${world.identityProvider.origin}/devicelogin`,
      ...{ expiresIn: 900, interval: 5 },
    });
    const waiting = await device.poll(started);
    expect(waiting).toMatchObject({ status: 202, retryAfter: '5', body: { status: 'pending' } });

    await approveDevice(started, user?.username ?? '');
    await later(5_000);
    const done = await device.poll(started);
    expect(done.status).toBe(200);
    expect(done.body).toEqual({ session: expect.stringMatching(/^\d{4}-\d\d-\d\d\.[\w-]{43}$/) });
    expect(done.headers.get('set-cookie')).toBeNull();
    const me = await device.askAs(done.body['session'] ?? '', '/me');
    expect([me.status, me.body['id']]).toEqual([200, user?.oid]);
  });

  it('that is asked about too early causes no token call', async () => {
    const started = await device.start();
    await device.poll(started);
    const before = deviceCalls();
    const early = await device.poll(started);
    expect([early.status, early.body['code']]).toEqual([429, 'slow_down']);
    expect(Number(early.retryAfter)).toBeGreaterThan(0);
    expect(Number(early.retryAfter)).toBeLessThanOrEqual(5);
    expect(deviceCalls()).toBe(before);
    await later(5_000);
    expect((await device.poll(started)).status).toBe(202);
    expect(deviceCalls()).toBe(before + 1);
  });

  it('is asked about less often once the identity provider says so', async () => {
    const started = await device.start();
    answerNext({ error: 'slow_down' });
    expect(await device.poll(started)).toMatchObject({ status: 429, retryAfter: '10' });
    const before = deviceCalls();
    await later(6_000);
    expect((await device.poll(started)).status).toBe(429);
    expect(deviceCalls()).toBe(before);
    await later(4_000);
    expect(await device.poll(started)).toMatchObject({ status: 202, retryAfter: '10' });
  });

  it('that the user declines is 403, and then over', async () => {
    const started = await device.start();
    await declineDevice(started);
    const declined = await device.poll(started);
    expect(declined).toMatchObject({
      ...{ status: 403, body: { code: 'forbidden', reason: 'declined' } },
    });
    await expectOver(started);
  });

  it('that a policy blocks is 403, and then over', async () => {
    const started = await device.start();
    answerNext({ error: 'invalid_grant', error_codes: [53003] });
    expect(await device.poll(started)).toMatchObject({
      ...{ status: 403, body: { code: 'forbidden', reason: 'blocked_by_policy' } },
    });
    await expectOver(started);
  });

  it('whose codes have lapsed is over', async () => {
    const started = await device.start();
    await later(15 * minute);
    await expectOver(started);
  });

  it('gives one session, once', async () => {
    const { started } = await signedIn();
    await expectOver(started);
  });

  it('gives one session to two who ask at once, at two instances', async () => {
    const other = await startOther();
    const user = nextUser();
    const started = await device.start();
    await approveDevice(started, user?.username ?? '');
    const before = deviceCalls();
    const elsewhere = createDevice(other.origin);
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => device.poll(started)),
      ...Array.from({ length: 5 }, () => elsewhere.poll(started)),
    ]);
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.every((status) => [200, 410, 429].includes(status))).toBe(true);
    expect(deviceCalls()).toBe(before + 1);
    const session = answers.find(({ status }) => status === 200)?.body['session'] ?? '';
    const { body } = await device.askAs(session, '/sessions');
    expect(body['sessions']).toHaveLength(1);
  });

  it('goes on while the identity provider is away', async () => {
    const started = await device.start();
    answerNext({ error: 'temporarily_unavailable' }, 503, { 'retry-after': '20' });
    expect(await device.poll(started)).toMatchObject({ status: 503, retryAfter: '20' });
    await approveDevice(started, nextUser()?.username ?? '');
    await later(20_000);
    expect((await device.poll(started)).status).toBe(200);
  });

  it('of another is nobody’s', async () => {
    const { handle } = await device.start();
    const other = handle.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const guess of [other, 'x', `${handle}x`, handle.toUpperCase()]) {
      const { status, body } = await device.ask(`/device/${guess}`);
      expect([guess, status, body['code']]).toEqual([guess, 404, 'not_found']);
    }
  });

  async function expectOver(started: StartedDevice): Promise<void> {
    const before = deviceCalls();
    await later(10_000);
    for (let times = 0; times < 2; times++) {
      const { status, body } = await device.poll(started);
      expect([status, body['code']]).toEqual([410, 'gone']);
    }
    expect(deviceCalls()).toBe(before);
  }
});

it('a device sign-in survives the process', async () => {
  const first = await startOther();
  const started = await createDevice(first.origin).start();
  expect((await createDevice(first.origin).poll(started)).status).toBe(202);
  await first.kill();
  await approveDevice(started, nextUser()?.username ?? '');
  await later(5_000);
  const { status, body } = await device.poll(started);
  expect(status).toBe(200);
  expect((await device.askAs(body['session'] ?? '', '/me')).status).toBe(200);
});

it('its tokens are refreshed by the worker for as long as the session lasts', async () => {
  const user = nextUser();
  const { session } = await signedIn(user?.username);
  const refreshes = () =>
    world.identityProvider.tokenCalls.filter(
      ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === user?.oid,
    );
  const expectRefreshes = async (count: number) => {
    await app.runTimer('refresh-sweep');
    // Their messages go when the workers are done.
    await until(async () => (await world.queueDepth()) === 0);
    expect(refreshes()).toHaveLength(count);
  };
  await later(30 * day);
  await expectRefreshes(1);
  await later(30 * day);
  await expectRefreshes(2);
  expect(refreshes().every(({ status }) => status === 200)).toBe(true);
  const { body } = await device.askAs(session, '/session');
  expect(body).toMatchObject({ kind: 'device', state: 'active', lastRefreshedBy: 'timer' });
  expect((await device.askAs(session, '/me')).body['id']).toBe(user?.oid);
  expect(refreshes()).toHaveLength(2);
});

it('is off unless it is configured', async () => {
  const off = await startOther({ ENTRA_DEVICE_CLIENT_ID: '' });
  const there = createDevice(off.origin);
  const { handle } = await device.start();
  expect((await there.ask('/device', { method: 'POST' })).status).toBe(404);
  expect((await there.poll({ handle })).status).toBe(404);
});

it('asks for the scopes of its setting', async () => {
  const narrow = await startOther({ DEVICE_SCOPES: 'User.Read' });
  const there = createDevice(narrow.origin);
  const started = await there.start();
  await approveDevice(started, nextUser()?.username ?? '');
  const { body } = await there.poll(started);
  const session = await there.askAs(body['session'] ?? '', '/session');
  expect(session.body['scopes']).toEqual(['User.Read']);
});

describe('a web page', () => {
  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin' },
  ])('can neither start a device sign-in nor take one: %j', async (headers) => {
    const page = createDevice(app.origin, headers);
    const started = await device.start();
    const starts = await page.ask('/device', { method: 'POST' });
    expect([starts.status, starts.body['code']]).toEqual([403, 'csrf_rejected']);
    const before = deviceCalls();
    expect((await page.poll(started)).status).toBe(403);
    expect(deviceCalls()).toBe(before);
  });
});
