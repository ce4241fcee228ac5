import { afterEach, expect, it } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let world: World;
let clock: MovingClock;

afterEach(async () => {
  clock.restore();
  await world.close();
});

async function start(settings: Record<string, string> = {}): Promise<{ app: App; person: Person }> {
  clock = createMovingClock();
  world = await startWorld();
  const app = await world.startApp({ environment: settings });
  return { app, person: await signedInPerson(world, seededUsers[0]) };
}

async function sweep(app: App): Promise<void> {
  await app.runTimer('refresh-sweep');
  await until(async () => (await world.queueDepth()) === 0);
}

const calls = () => world.identityProvider.tokenCalls.length;

async function rowsOf({ hash }: Person): Promise<string[]> {
  const rows = await dumpTables(world.azurite.connectionString);
  return rows.filter((row) => JSON.stringify(row).includes(hash)).map((row) => row.table);
}

it('refreshes who was seen today, and within a day of the session’s end deletes the tokens', async () => {
  const { app, person } = await start();
  for (let passed = 0; passed < 23; passed++) {
    await clock.advance(hour, [app]);
    await sweep(app);
  }
  // Nobody called, and the token is good; the session has been idle for too long.
  expect(calls()).toBeGreaterThan(20);
  expect((await person.me()).status).toBe(401);
  await clock.advance(3 * hour, [app]);
  const before = calls();
  await sweep(app);
  expect(calls()).toBe(before);
  expect(await rowsOf(person)).toEqual([]);
});

const longSession = { SESSION_IDLE_HOURS: '2000', SESSION_MAX_DAYS: '100' };

it('uses the tokens of who is away but signed in once a month, and often again when they are back', async () => {
  const { app, person } = await start(longSession);
  await clock.advance(2 * day, [app]);
  await sweep(app);
  const awayCalls = calls();
  for (let passed = 0; passed < 35; passed++) {
    await clock.advance(day, [app]);
    await sweep(app);
  }
  expect(calls() - awayCalls).toBe(1);

  expect(await person.me()).toEqual(ownProfile);
  const { nextRefreshAt = '' } = await person.session();
  expect(Date.parse(nextRefreshAt) - Date.now()).toBeLessThan(hour);
});

it('keeps tokens without a session for as long as they are to be retained', async () => {
  const { app, person } = await start({ RETAIN_WITHOUT_SESSION_DAYS: '2' });
  await person.browser.request(`${app.origin}/logout`, {
    method: 'POST',
    headers: { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' },
  });
  expect((await person.me()).status).toBe(401);
  expect(await rowsOf(person)).toEqual(['tokens', 'tokens']);
  await clock.advance(day, [app]);
  await sweep(app);
  expect(await rowsOf(person)).toEqual(['tokens', 'tokens']);
  await clock.advance(day + hour, [app]);
  await sweep(app);
  expect(await rowsOf(person)).toEqual([]);
});

it('the janitor deletes sessions, their users’ tokens and states when their day is over', async () => {
  const { app, person } = await start({ REFRESH_SCHEDULE: '0 0 0 1 1 *' });
  const kept = () => dumpTables(world.azurite.connectionString);
  expect((await kept()).map(({ table }) => table)).toEqual(
    expect.arrayContaining(['sessions', 'states', 'tokens']),
  );
  await app.runTimer('janitor');
  expect(await person.me()).toEqual(ownProfile);
  await clock.advance(9 * day, [app]);
  await app.runTimer('janitor');
  const tables = (await kept()).map(({ table }) => table);
  expect(tables.filter((table) => ['sessions', 'states', 'tokens'].includes(table))).toEqual([]);
  const health = await fetch(`${app.origin}/health/refresh`);
  expect(await health.json()).toMatchObject({ janitor: { sessions: 1, states: 1, users: 1 } });
});
