import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const users = generateUsers(4);

let world: World;
/** The app as it was, and after device sign-in was switched off. */
let before: App;
let after: App;
let clock: MovingClock;
let person: Person;
const sessions: string[] = [];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  before = await world.startApp({ queues: false });
  const device = createDevice(before.origin);
  for (const { username } of users.slice(1)) {
    const started = await device.start();
    await approveDevice(started, username);
    sessions.push((await device.poll(started)).body['session'] ?? '');
  }
  person = await signedInPerson(world, users[0]);
  after = await world.startApp({ environment: { ENTRA_DEVICE_CLIENT_ID: '' } });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** How the device records in the table are. */
async function deviceRecords() {
  const rows = await dumpTables(world.azurite.connectionString);
  return rows.filter(({ table, rowKey }) => table === 'tokens' && /^c\|.*\|device$/.test(rowKey));
}

const refreshCalls = () =>
  world.identityProvider.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token').length;

it('a device’s session is refused, and says why', async () => {
  const [session = ''] = sessions;
  const device = createDevice(after.origin);
  for (const path of ['/me', '/session', '/sessions']) {
    const { status, body, headers } = await device.askAs(session, path);
    expect([status, body['code']]).toEqual([401, 'unauthenticated']);
    expect(body['detail']).toBe('Device sign-in is switched off.');
    expect(headers.get('www-authenticate')).toBe('Bearer');
  }
  expect((await device.ask('/device', { method: 'POST' })).status).toBe(404);
});

it('devices’ tokens end when they are due, with no token call and nobody else affected', async () => {
  await clock.advance(50 * minute, [before, after]);
  await after.runTimer('refresh-sweep');
  await until(async () =>
    (await deviceRecords()).every((row) => row['reason'] === 'device_sign_in_off'),
  );
  expect(await deviceRecords()).toHaveLength(3);
  await until(async () => (await person.session(after.origin))['lastRefreshedBy'] === 'timer');
  expect(refreshCalls()).toBe(1);

  await clock.advance(minute, [before, after]);
  await after.runTimer('refresh-sweep');
  const health = await fetch(`${after.origin}/health/refresh`);
  expect([health.status, (await health.json()).breaker]).toEqual([200, 'closed']);
  expect(after.log.join()).not.toContain('breaker-open');
  expect(await person.me(after.origin)).toEqual(ownProfile);
});

it('the janitor deletes them when their sessions are over', async () => {
  await clock.advance(2 * day, [before, after]);
  await after.runTimer('janitor');
  expect(await deviceRecords()).toEqual([]);
});
