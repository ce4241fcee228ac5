import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPeople } from '../support/people.ts';
import { isRefreshCall } from '../support/refresh-requests.ts';
import { until } from '../support/until.ts';

const second = 1000;
const minute = 60 * second;
const users = generateUsers(4);

let world: FaultyWorld;
let app: App;
let clock: MovingClock;
let lucky: Person;
let others: Person[];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users });
  app = await world.startApp();
});

afterEach(() => world.heal());

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function health() {
  const response = await fetch(`${app.origin}/health/refresh`);
  const body = (await response.json()) as { problems: string[]; refreshed: number; failed: number };
  return { ...body, status: response.status };
}

async function sweep(): Promise<void> {
  await app.runTimer('refresh-sweep');
  await until(async () => (await world.queueDepth()) === 0);
}

/** What was counted until now is written down. */
const countsAre = (counts: { refreshed?: number; failed?: number }) =>
  until(async () => {
    const { refreshed, failed } = await health();
    return refreshed >= (counts.refreshed ?? 0) && failed >= (counts.failed ?? 0);
  });

it('one refresh that fails, with nothing else due, is nobody’s outage', async () => {
  [lucky] = (await signedInPeople(world, users.slice(0, 1))) as [Person];
  world.tokens.add({ matches: isRefreshCall, action: { kind: 'answer', status: 503, body: '{}' } });
  await clock.advance(61 * minute, [app]);
  expect((await lucky.me()).status).toBe(503);
  await countsAre({ failed: 1 });
  await sweep();
  expect(await health()).toMatchObject({ status: 200, problems: [], failed: 1 });
  world.heal();
  await clock.advance(minute, [app]);
  expect((await lucky.me()).status).toBe(200);
});

it('every refresh fails: that is told within three minutes, whatever succeeded just before', async () => {
  others = await signedInPeople(world, users.slice(1));
  await clock.advance(61 * minute, [app]);
  const down = { kind: 'answer', status: 503, body: {} } as const;
  for (const { oid: userOid } of others) {
    const match = { grantType: 'refresh_token', userOid };
    world.identityProvider.faults.next(Number.POSITIVE_INFINITY, { ...down, match });
  }
  expect((await lucky.me()).status).toBe(200);
  await countsAre({ refreshed: 2 });
  expect((await health()).problems).not.toContain('failing');

  world.identityProvider.faults.set({ ...down, match: { grantType: 'refresh_token' } });
  for (let passed = 0; passed < 3 * minute; passed += 30 * second) {
    await sweep();
    for (const person of others) expect((await person.me()).status).toBe(503);
    await clock.advance(30 * second, [app]);
  }
  await until(async () => (await health()).problems.includes('failing'));
  expect((await health()).status).toBe(503);
});

it('the first refresh that succeeds ends it', async () => {
  await clock.advance(minute, [app]);
  expect((await others[0]?.me())?.status).toBe(200);
  await until(async () => !(await health()).problems.includes('failing'));
});
