import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople } from '../support/people.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';
import { organizations } from '../support/world-state.ts';

const minute = 60_000;
const users = generateUsers(5);

let world: World;
let app: App;
let clock: MovingClock;
/** Users of customers whose administrators refuse the app, and another customer's. The stand-in has one tenant. */
let refused: Person[];
let other: Person;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({
    environment: organizations(world, [world.identityProvider.tenantId]),
  });
  refused = await signedInPeople(world, users.slice(1));
  [other] = (await signedInPeople(world, users.slice(0, 1))) as [Person];
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(async () => {
  clock.restore();
  await world.close();
});

it('one customer’s administrator, who has removed or disabled the app, touches that customer alone', async () => {
  const codes = [700016, 7000112, 650052, 500011];
  const errors = [
    'unauthorized_client',
    'unauthorized_client',
    'invalid_client',
    'invalid_resource',
  ];
  for (const [n, { oid: userOid }] of refused.entries()) {
    world.identityProvider.faults.next(Number.POSITIVE_INFINITY, {
      kind: 'answer',
      status: n < 2 ? 400 : 401,
      body: { error: errors[n], error_codes: [codes[n]] },
      match: { grantType: 'refresh_token', userOid },
    });
  }
  await clock.advance(46 * minute, [app]);
  await app.runTimer('refresh-sweep');
  for (const person of refused) {
    await until(async () => (await person.session())['state'] === 'reauth_required');
    const answer = await person.me();
    expect(answer).toMatchObject({ status: 401, code: 'reauth_required' });
    expect(answer.reason).toBe('app_not_allowed');
  }
  await until(async () => (await other.session())['lastRefreshedBy'] === 'timer');
  expect(await other.me()).toEqual(ownProfile);

  await clock.advance(minute, [app]);
  await app.runTimer('refresh-sweep');
  await until(async () => {
    const response = await fetch(`${app.origin}/health/refresh`);
    const level = await response.json();
    const isCounted = level.reauthRequired === 4 && level.refreshed === 1;
    if (isCounted) expect(level).toMatchObject({ status: 'ok', problems: [], breaker: 'closed' });
    return isCounted;
  });
  expect(app.log.join()).not.toContain('breaker-open');
});

it('a credential that has expired is everybody’s matter, and signs nobody out', async () => {
  world.identityProvider.faults.set({
    kind: 'answer',
    status: 401,
    body: { error: 'invalid_client', error_codes: [7000222] },
    match: { grantType: 'refresh_token' },
  });
  await clock.advance(61 * minute, [app]);
  expect(await other.me()).toMatchObject({ status: 503, code: 'misconfigured' });
  await until(async () => {
    const response = await fetch(`${app.origin}/health/refresh`);
    return response.status === 503 && (await response.json()).breaker === 'open';
  });
});
