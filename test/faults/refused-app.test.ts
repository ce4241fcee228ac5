import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

const second = 1000;
const minute = 60 * second;
const users = generateUsers(6);

let world: FaultyWorld;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users, accessTokenSeconds: 2 * 60 * 60 });
  app = await world.startApp();
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** Every user's rows of tokens, but for versions and activity; and whose due marks there are. */
async function storedTokens(): Promise<string> {
  const rows = await dumpTables(world.azurite.connectionString);
  const tokens = rows.filter(({ table }) => table === 'tokens');
  const isMark = ({ rowKey }: (typeof rows)[number]) => rowKey.startsWith('d|');
  const kept = tokens
    .filter((row) => !isMark(row))
    .map(({ etag: _, timestamp: __, lastSeenAt: ___, ...row }) => row);
  // Marks are postponed meanwhile.
  const marked = tokens.filter(isMark).map(({ rowKey }) => rowKey.split('|')[2]);
  return JSON.stringify({ kept, marked: marked.sort() });
}

async function passTenSeconds(): Promise<void> {
  await clock.advance(10 * second, [app]);
  await app.runTimer('refresh-sweep');
  await until(async () => (await world.queueDepth()) === 0);
}

const refreshes = () =>
  world.identityProvider.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token').length;

async function health() {
  const response = await fetch(`${app.origin}/health/refresh`);
  return (await response.json()) as Record<string, unknown>;
}

it('touches no row and signs nobody out while the app’s credential is refused for a minute', async () => {
  const valid = await signedInPeople(world, users.slice(0, 3));
  world.identityProvider.accessTokenSeconds = 5 * 60;
  const expired = await signedInPeople(world, users.slice(3));
  world.identityProvider.accessTokenSeconds = 60 * 60;
  // The first three are due and have valid tokens; the others' have expired.
  await clock.advance(106 * minute, [app]);
  const before = await storedTokens();
  world.identityProvider.faults.set({
    kind: 'answer',
    status: 401,
    body: { error: 'invalid_client', error_codes: [7000222] },
    match: { grantType: 'refresh_token' },
  });
  const all = async (people: Person[]) => Promise.all(people.map((person) => person.me()));
  // Those who come before the first answer ask as well.
  await passTenSeconds();
  const callsBefore = refreshes();

  for (let passed = 0; passed < 60; passed += 10) {
    await passTenSeconds();
    expect(await all(valid)).toEqual([ownProfile, ownProfile, ownProfile]);
    for (const answer of await all(expired)) {
      expect(answer).toMatchObject({ status: 503, code: 'misconfigured' });
      expect(answer.retryAfter).toMatch(/^\d+$/);
    }
  }

  expect(await storedTokens()).toBe(before);
  // One try in 15 seconds, whoever asks.
  expect(refreshes() - callsBefore).toBeLessThanOrEqual(4);
  expect(await valid[0]?.session()).toMatchObject({ state: 'degraded' });
  await until(async () => (await health())['breaker'] === 'open');
  expect(await health()).toMatchObject({ status: 503, code: 'misconfigured' });
  expect(app.log.join()).toContain('breaker-open');

  world.identityProvider.faults.clear();
  // The one who tries comes first; the next sweep brings the others.
  await until(async () => {
    await passTenSeconds();
    return (await valid[0]?.session())?.['state'] === 'active';
  });
  expect(await all([...valid, ...expired])).toEqual(users.map(() => ownProfile));
  await until(async () => (await health())['breaker'] === 'closed');
});
