import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { openTable } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const users = [...generateUsers(7)];

let world: FaultyWorld;
let app: App;
let clock: MovingClock;
let neighbour: Person;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users });
  app = await world.startApp();
  neighbour = await signedInPerson(world, users.pop());
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const tokens = () => openTable(world.azurite.connectionString, 'tokens');
const addressOf = ({ hash }: Person) => ({
  partitionKey: hash.slice(0, 1),
  rowKey: `c|${hash}|code`,
});

async function rowOf(person: Person) {
  const { partitionKey, rowKey } = addressOf(person);
  return tokens().getEntity(partitionKey, rowKey);
}

async function tamper(person: Person, change: (row: Record<string, unknown>) => object) {
  const row = await rowOf(person);
  await tokens().updateEntity({ ...addressOf(person), ...change(row) }, 'Merge');
}

/** Everybody is due; the neighbour is refreshed, whatever the other's row is like. */
async function sweepWithNeighbour(): Promise<void> {
  await clock.advance(50 * minute, [app]);
  const before = (await neighbour.session())['lastRefreshedAt'];
  await app.runTimer('refresh-sweep');
  await until(async () => (await neighbour.session())['lastRefreshedAt'] !== before);
  await until(async () => (await world.queueDepth()) === 0);
  expect(await neighbour.me()).toEqual(ownProfile);
}

const half = (value: unknown) => (value as Uint8Array).slice(0, 20);

describe('a row', () => {
  it.each<[string, (row: Record<string, unknown>) => object]>([
    [
      'that can’t be opened',
      ({ accessToken }) => ({ cache: accessToken, accessToken: half(accessToken) }),
    ],
    [
      'that is truncated',
      ({ cache, accessToken }) => ({ cache: half(cache), accessToken: half(accessToken) }),
    ],
    ['of an unknown key', () => ({ kid: '1999-01-01' })],
  ])('%s is 401 for its user, put back by a day, and nobody else’s matter', async (_, change) => {
    const person = await signedInPerson(world, users.pop());
    await tamper(person, change);
    expect(await person.me()).toMatchObject({ status: 401, code: 'reauth_required' });
    await sweepWithNeighbour();
    const { dueAt } = await rowOf(person);
    expect((dueAt as Date).getTime()).toBeGreaterThan(Date.now() + 23 * 60 * minute);
    expect((await person.me()).status).toBe(401);

    await person.signIn();
    expect(await person.me()).toEqual(ownProfile);
  });

  it('whose access token alone can’t be opened is refreshed for its user, and mended', async () => {
    const person = await signedInPerson(world, users.pop());
    await tamper(person, ({ accessToken }) => ({ accessToken: half(accessToken) }));
    const before = await person.session();
    expect(before).toMatchObject({ state: 'degraded' });
    expect(before).not.toHaveProperty('accessTokenExpiresAt');
    expect(await person.me()).toEqual(ownProfile);
    expect(await person.session()).toMatchObject({ state: 'active', lastRefreshedBy: 'request' });
  });

  it('of a newer schema is 503, and left as it is', async () => {
    const person = await signedInPerson(world, users.pop());
    await tamper(person, () => ({ schema: 99 }));
    const before = await rowOf(person);
    expect(await person.me()).toMatchObject({ status: 503, code: 'temporarily_unavailable' });
    await sweepWithNeighbour();
    // Its mark alone has moved.
    expect(await rowOf(person)).toEqual(before);
    await tamper(person, () => ({ schema: 1 }));
    expect(await person.me()).toEqual(ownProfile);
  });
});
