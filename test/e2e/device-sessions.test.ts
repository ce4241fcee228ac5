import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { dumpText } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(8)];

let world: World;
let app: App;
let clock: MovingClock;
let device: ReturnType<typeof createDevice>;
/** Who is signed in in a browser and on a device. */
let person: Person;
let session: string;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp();
  device = createDevice(app.origin);
  const user = users.pop();
  person = await signedInPerson(world, user);
  session = await signIn(user?.username ?? '');
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function signIn(username: string): Promise<string> {
  const started = await device.start();
  await approveDevice(started, username);
  const { body } = await device.poll(started);
  return body['session'] ?? '';
}

const cookieName = () =>
  [...person.browser.cookies.keys()].find((name) => name === 'session') ?? '';

describe('a device’s session', () => {
  it('reads the profile and Graph', async () => {
    expect((await device.askAs(session, '/me')).body['id']).toBe(person.oid);
    const mail = await device.askAs(session, '/graph/me/messages?$top=5');
    expect(mail.status).toBe(200);
    expect(mail.body['value']).toHaveLength(5);
    expect(mail.body['@odata.nextLink']).toMatch(`${app.origin}/graph/me/messages?`);
  });

  it('says what it is', async () => {
    const { body } = await device.askAs(session, '/session');
    expect(body).toMatchObject({ kind: 'device', state: 'active' });
    expect(body['scopes']).toEqual(expect.arrayContaining(['User.Read', 'Mail.Read']));
    expect(body['loginUrl']).toBeUndefined();
  });

  it('is no cookie, and a cookie is no bearer session', async () => {
    const cookie = await device.ask('/me', { headers: { cookie: `${cookieName()}=${session}` } });
    expect([cookie.status, cookie.body['code']]).toEqual([401, 'unauthenticated']);
    const secret = person.browser.cookies.get(cookieName()) ?? '';
    const bearer = await device.askAs(secret, '/me');
    expect([bearer.status, bearer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(bearer.body['detail']).toContain('POST /device');
    expect(bearer.body['loginUrl']).toBeUndefined();
    expect((await person.me()).status).toBe(200);
  });

  it('may carry cookies of others, and changes things without our own pages’ header', async () => {
    const own = await signIn(users.pop()?.username ?? '');
    const headers = { cookie: 'theme=dark; ARRAffinity=x' };
    const { status, body } = await device.askAs(own, '/logout', { method: 'POST', headers });
    expect([status, Object.keys(body)]).toEqual([200, ['logoutUrl']]);
    expect((await device.askAs(own, '/me')).status).toBe(401);
  });

  it('excuses no request that carries a browser’s session as well', async () => {
    const cookie = `theme=dark; ${cookieName()}=${person.browser.cookies.get(cookieName())}`;
    for (const [method, path] of [
      ['POST', '/logout?everywhere=true'],
      ['DELETE', '/me/data'],
    ] as const) {
      for (const more of [{}, { 'x-csrf': '1' }, { origin: app.origin }]) {
        const headers = { cookie, ...more };
        const { status, body } = await device.askAs(session, path, { method, headers });
        expect([status, body['code']]).toEqual([403, 'csrf_rejected']);
      }
    }
    expect((await person.me()).status).toBe(200);
    expect((await device.askAs(session, '/me')).status).toBe(200);
  });

  it.each(['', 'Bearer', 'Bearer x', 'Basic eDp5', 'Bearer a b'])(
    'is not shown by %j',
    async (authorization) => {
      const headers = { authorization: authorization || ' ' };
      expect((await device.ask('/me', { headers })).status).toBe(401);
    },
  );

  it('has only the scopes of devices', async () => {
    const refused = await device.askAs(session, '/graph/me/events');
    expect([refused.status, refused.body['code']]).toEqual([403, 'forbidden']);
    expect(refused.body['loginUrl']).toBeUndefined();
  });
});

describe('the list of sessions', () => {
  it('shows browsers and devices, with the client’s address and user agent', async () => {
    const { body } = await device.askAs(session, '/sessions');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const times = { createdAt: time, lastSeenAt: time, expiresAt: time };
    const id = expect.stringMatching(/^[0-9a-f]{24}$/);
    expect(body['sessions']).toEqual([
      {
        ...{ id, kind: 'device', current: true, ...times },
        client: { address: '127.0.0.1', userAgent: 'Device/1' },
      },
      {
        ...{ id, kind: 'browser', current: false, ...times },
        client: { address: '127.0.0.1', userAgent: 'node' },
      },
    ]);
    const answer = await person.browser.request(`${app.origin}/sessions`);
    const { sessions } = await answer.json();
    expect(sessions.map(({ current }: { current: boolean }) => current)).toEqual([false, true]);
  });

  it('ends a session of one’s own, and nobody else’s', async () => {
    const user = users.pop();
    const mine = await signedInPerson(world, user);
    const onDevice = await signIn(user?.username ?? '');
    const { body } = await device.askAs(onDevice, '/sessions');
    const [own, browsers] = body['sessions'] as unknown as { id: string }[];
    const end = (id = '', by = onDevice) =>
      device.askAs(by, `/sessions/${id}`, { method: 'DELETE' });
    expect((await end(browsers?.id, session)).status).toBe(404);
    expect((await end('unknown')).status).toBe(404);
    expect((await mine.me()).status).toBe(200);
    expect((await end(browsers?.id)).status).toBe(204);
    expect((await mine.me()).status).toBe(401);
    expect((await device.askAs(onDevice, '/me')).status).toBe(200);
    expect((await end(own?.id)).status).toBe(204);
    expect((await device.askAs(onDevice, '/me')).status).toBe(401);
  });
});

it('signing out ends a device’s session', async () => {
  const ended = await signIn(users.pop()?.username ?? '');
  const { status, body, headers } = await device.askAs(ended, '/logout', { method: 'POST' });
  expect([status, headers.get('set-cookie')]).toEqual([200, null]);
  expect(body['logoutUrl']).toContain(world.identityProvider.origin);
  expect((await device.askAs(ended, '/me')).status).toBe(401);
});

it('who has to sign in again is told to do so on the device', async () => {
  const refused = await signIn(users.pop()?.username ?? '');
  await clock.advance(2 * 60 * 60_000, [app]);
  world.identityProvider.faults.next(1, {
    ...{ kind: 'answer', status: 400, body: { error: 'invalid_grant', error_codes: [50173] } },
  } as const);
  const { status, body } = await device.askAs(refused, '/me');
  expect([status, body['code'], body['reason']]).toEqual([
    ...[401, 'reauth_required', 'session_revoked'],
  ]);
  expect(body['detail']).toContain('POST /device');
  expect(body['loginUrl']).toBeUndefined();
});

it('starts and ends are audit events, without a secret', async () => {
  const user = users.pop();
  const before = app.log.length;
  const started = await device.start();
  await device.poll(started);
  const pending = await dumpText(world.azurite.connectionString);
  await approveDevice(started, user?.username ?? '');
  await clock.advance(5_000, [app]);
  const { body } = await device.poll(started);
  await device.poll(started);
  const log = app.log.slice(before).join('\n');
  const audits = log
    .split('\n')
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  const client = { address: '127.0.0.1', userAgent: 'Device/1' };
  expect(audits).toMatchObject([
    { action: 'device-start', outcome: 'ok', ...client, signIn: expect.stringMatching(/^\w{12}$/) },
    { action: 'device-sign-in', outcome: 'ok', user: expect.any(String), ...client },
    { action: 'device-sign-in', outcome: 'gone', ...client },
  ]);
  expect(audits).toHaveLength(3);
  expect(new Set(audits.map(({ signIn }) => signIn)).size).toBe(1);
  const [secret, handle] = [body['session'] ?? '', started.handle].map((text) => text.slice(14));
  const ended = await dumpText(world.azurite.connectionString);
  expect(pending).toContain('"devices"');
  for (const text of [log, pending, ended]) {
    for (const hidden of [secret, handle, started.userCode]) expect(text).not.toContain(hidden);
  }
});

it('no address can start without end', async () => {
  const busy = await world.startApp({ queues: false });
  const there = createDevice(busy.origin);
  for (let times = 0; times < 20; times++) await there.start();
  const refused = await there.ask('/device', {
    method: 'POST',
    headers: { 'x-forwarded-for': '192.0.2.7' },
  });
  expect([refused.status, refused.body['code']]).toEqual([429, 'throttled']);
  expect(Number(refused.retryAfter)).toBeGreaterThan(0);
});
