import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { marksOf } from '../support/invariants.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const users = [...generateUsers(9)];

let world: FaultyWorld;
let app: App;
let clock: MovingClock;

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

function refuse({ oid }: Person, code: number): void {
  world.identityProvider.faults.set({
    kind: 'answer',
    status: 400,
    body: { error: 'invalid_grant', error_codes: [code], error_description: `AADSTS${code}: …` },
    match: { grantType: 'refresh_token', userOid: oid },
  });
}

const callsFor = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  ).length;

const marks = async ({ hash }: Person) =>
  marksOf(await dumpTables(world.azurite.connectionString), hash).map((key) => key.slice(0, 2));

async function sweep(): Promise<void> {
  await app.runTimer('refresh-sweep');
  await until(async () => (await world.queueDepth()) === 0);
}

describe.each([
  [700082, 'refresh_token_expired'],
  [50173, 'session_revoked'],
  [70043, 'sign_in_frequency'],
  [53003, 'blocked_by_policy'],
])('AADSTS%d', (code, reason) => {
  async function expectEnded(person: Person): Promise<void> {
    const answer = await person.me();
    expect(answer).toMatchObject({ status: 401, code: 'reauth_required', reason });
    expect(answer.loginUrl).toBe(`${world.origin}/login`);
    expect(await person.session()).toMatchObject({ state: 'reauth_required', reason });
    expect(await marks(person)).toEqual(['e|']);

    const before = callsFor(person);
    for (let passed = 0; passed < 3; passed++) {
      await clock.advance(20 * minute, [app]);
      await sweep();
      expect((await person.me()).status).toBe(401);
    }
    expect(callsFor(person)).toBe(before);

    world.heal();
    await person.signIn();
    expect(await person.me()).toEqual(ownProfile);
    expect(await person.session()).toMatchObject({ state: 'active' });
    expect(await marks(person)).toEqual(['d|']);
  }

  it('asks the user to sign in again when a request meets it, and asks Entra no more', async () => {
    const person = await signedInPerson(world, users.pop());
    await clock.advance(61 * minute, [app]);
    refuse(person, code);
    await expectEnded(person);
  });

  it('ends the sign-in when the worker meets it, while the access token is still valid', async () => {
    const person = await signedInPerson(world, users.pop());
    await clock.advance(46 * minute, [app]);
    refuse(person, code);
    await sweep();
    await until(async () => (await person.session())['state'] === 'reauth_required');
    await expectEnded(person);
  });
});

describe('AADSTS50196, Entra’s throttling of one user', () => {
  it('keeps the tokens, and makes one token call in a back-off window', async () => {
    const person = await signedInPerson(world, users.pop());
    await clock.advance(61 * minute, [app]);
    refuse(person, 50196);
    for (let passed = 0; passed < 4; passed++) {
      const answer = await person.me();
      expect(answer).toMatchObject({ status: 503, code: 'temporarily_unavailable' });
      expect(Number(answer.retryAfter)).toBeGreaterThan(0);
      await sweep();
      await clock.advance(minute, [app]);
    }
    // Five minutes for the first.
    expect(callsFor(person)).toBe(1);
    await clock.advance(2 * minute, [app]);
    expect((await person.me()).status).toBe(503);
    expect(callsFor(person)).toBe(2);

    world.heal();
    await clock.advance(6 * minute, [app]);
    expect(await person.me()).toEqual(ownProfile);
  });
});
