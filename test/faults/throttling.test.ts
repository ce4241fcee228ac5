import { afterEach, beforeEach, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, signedInPerson } from '../support/people.ts';
import { isRefreshCall } from '../support/refresh-requests.ts';

const second = 1000;
const minute = 60 * second;
const [user] = generateUsers(1);

let world: FaultyWorld;
let app: App;
let clock: MovingClock;

beforeEach(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users: generateUsers(1) });
  app = await world.startApp();
});

afterEach(async () => {
  clock.restore();
  await world.close();
});

it.each([
  ['in seconds', () => '120'],
  ['as a date', () => new Date(Date.now() + 120 * second).toUTCString()],
])('nobody asks the token endpoint before its Retry-After %s is over', async (_, retryAfter) => {
  const person = await signedInPerson(world, user);
  await clock.advance(61 * minute, [app]);
  const headers = { 'retry-after': retryAfter() };
  world.tokens.add({ matches: isRefreshCall, action: { kind: 'answer', status: 429, headers } });
  for (let passed = 0; passed < 100; passed += 20) {
    const { status, retryAfter: wait } = await person.me();
    expect(status).toBe(503);
    expect(Number(wait)).toBeLessThanOrEqual(121 - passed);
    expect(Number(wait)).toBeGreaterThanOrEqual(110 - passed);
    await app.runTimer('refresh-sweep');
    await clock.advance(20 * second, [app]);
  }
  expect(world.tokens.requests.filter(isRefreshCall)).toHaveLength(1);
  world.heal();
  await clock.advance(25 * second, [app]);
  expect(await person.me()).toEqual(ownProfile);
});
