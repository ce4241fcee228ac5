import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { expectInvariants } from '../support/invariants.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, signedInPeople, signedInPerson } from '../support/people.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const users = generateUsers(11);

let world: FaultyWorld;
let apps: App[];
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users, refreshTokenRotation: 'strict' });
  apps = [await world.startApp(), await world.startApp()];
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const callsFor = (oid: string) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  ).length;

it('10 calls at once on two instances, of one user: all answered, nobody signed out', async () => {
  const person = await signedInPerson(world, users[0]);
  for (let round = 1; round <= 4; round++) {
    await clock.advance(61 * minute, apps);
    const before = callsFor(person.oid);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => person.me(apps[n % 2]?.origin)),
    );
    expect(answers).toEqual(answers.map(() => ownProfile));
    expect(callsFor(person.oid) - before).toBeLessThanOrEqual(2);
  }
});

it('requests and workers of two instances at once: one refresh token is used once', async () => {
  const people = await signedInPeople(world, users.slice(1));
  await clock.advance(61 * minute, apps);
  const [answers] = await Promise.all([
    Promise.all(people.flatMap((person) => apps.map((app) => person.me(app.origin)))),
    ...apps.map((app) => app.runTimer('refresh-sweep')),
  ]);
  expect(answers).toEqual(answers.map(() => ownProfile));
  await until(async () => (await world.queueDepth()) === 0);
  for (const person of people) expect(await person.session()).toMatchObject({ state: 'active' });
  const hashes = [...people, await signedInPerson(world, users[0])].map(({ hash }) => hash);
  await expectInvariants(
    world,
    hashes,
    apps.flatMap(({ log }) => log),
  );
});
