import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const users = generateUsers(3);

let world: FaultyWorld;
let app: App;
let clock: MovingClock;
let [absent, present]: Person[] = [];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users });
  app = await world.startApp();
  absent = await signedInPerson(world, users[0]);
  present = await signedInPerson(world, users[1]);
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function health() {
  const response = await fetch(`${app.origin}/health/refresh`);
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (await response.json()) as Record<string, unknown>,
  };
}

it('the service level is starting until the timer has had time to run', async () => {
  expect(await health()).toMatchObject({
    status: 200,
    body: { status: 'starting', problems: [], lastSweepAt: null },
  });
  await clock.advance(1 * minute, [app]);
  expect((await health()).body['status']).toBe('starting');
});

it('the service level is 200 after a sweep, and 503 when the timer has missed three', async () => {
  await app.runTimer('refresh-sweep');
  // An answer is remembered for some seconds.
  await clock.advance(10_000, [app]);
  const well = await health();
  expect(well).toMatchObject({
    status: 200,
    body: {
      status: 'ok',
      problems: [],
      lastSweepAgeSeconds: expect.any(Number),
      oldestOverdueSeconds: 0,
      due: 0,
      queueDepth: 0,
      refreshed: 0,
      failed: 0,
      reauthRequired: 0,
      breaker: 'closed',
    },
  });
  await clock.advance(2 * minute, [app]);
  expect((await health()).status).toBe(200);
  await clock.advance(2 * minute, [app]);
  const late = await health();
  expect(late).toMatchObject({
    status: 503,
    body: {
      ...{ status: 503, code: 'temporarily_unavailable' },
      ...{ problems: ['sweep_late'], breaker: 'closed' },
    },
  });
  expect(late.body['lastSweepAgeSeconds']).toBeGreaterThanOrEqual(240);
  expect(late.retryAfter).toMatch(/^\d+$/);
});

it('traffic of others refreshes a user who is not there', async () => {
  await clock.advance(46 * minute, [app]);
  // Looks at the heartbeat at most once a minute, and on the side.
  expect(await present?.me()).toEqual(ownProfile);
  await until(async () => app.log.some((line) => line.includes('"timer-late"')));
  await until(async () => (await absent?.session())?.['lastRefreshedBy'] === 'timer');
  // The timer is late all the same.
  const { status, body } = await health();
  expect(status).toBe(503);
  expect(body['problems']).toContain('sweep_late');
  expect(body['lastCatchUpAt']).not.toBeNull();
  await until(async () => Number((await health()).body['refreshed']) >= 1);
});

it('a request refreshes for itself', async () => {
  await clock.advance(2 * 60 * minute, [app]);
  expect(await absent?.me()).toEqual(ownProfile);
});

it('one run makes up for all that were missed', async () => {
  await clock.advance(5 * 60 * minute, [app]);
  await app.runTimer('refresh-sweep');
  for (const person of [absent, present]) {
    await until(async () => {
      const { accessTokenExpiresAt = '' } = (await person?.session()) ?? {};
      return Date.parse(accessTokenExpiresAt) > Date.now();
    });
  }
  const { status, body } = await health();
  // What was overdue for hours is told until the next sweep has looked.
  expect({ status, problems: body['problems'] }).toEqual({ status: 503, problems: ['overdue'] });
  await clock.advance(minute, [app]);
  await app.runTimer('refresh-sweep');
  expect((await health()).status).toBe(200);
});

it('an app that starts after hours is starting, and calls no timer late', async () => {
  await clock.advance(5 * 60 * minute, [app]);
  const environment = { TEST_CLOCK_OFFSET_MS: String(clock.offsetMs) };
  const restarted = await world.startApp({ environment });
  const level = async () => (await fetch(`${restarted.origin}/health/refresh`)).json();
  await fetch(`${restarted.origin}/health/live`);
  expect(await level()).toMatchObject({ status: 'starting', problems: [] });
  await clock.advance(1 * minute, [app, restarted]);
  await fetch(`${restarted.origin}/health/live`);
  expect(await level()).toMatchObject({ status: 'starting', problems: [] });
  expect(restarted.log.join()).not.toContain('timer-late');

  await clock.advance(1 * minute, [app, restarted]);
  await fetch(`${restarted.origin}/health/live`);
  expect(await level()).toMatchObject({ status: 503, problems: ['sweep_late'] });
  await until(async () => restarted.log.some((line) => line.includes('"timer-late"')));
});
