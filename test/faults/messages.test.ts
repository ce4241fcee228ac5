import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { inTokensTable, isCacheMerge, isRefreshCall } from '../support/refresh-requests.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const users = [...generateUsers(6)];

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

async function duePerson(): Promise<Person & { message: object }> {
  const person = await signedInPerson(world, users.pop());
  const { nextRefreshAt } = await person.session();
  await clock.advance(50 * minute, [app]);
  return { ...person, message: { user: person.hash, flow: 'code', dueAt: nextRefreshAt } };
}

const callsFor = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  ).length;
const byTimer = async (person: Person) => (await person.session())['lastRefreshedBy'] === 'timer';
const drained = async () => (await world.queueDepth()) === 0;

async function health(): Promise<Record<string, unknown>> {
  const response = await fetch(`${app.origin}/health/refresh`);
  return (await response.json()) as Record<string, unknown>;
}

it('a refresh is one token call and three storage requests: read, lease, transaction', async () => {
  await app.runTimer('refresh-sweep');
  const person = await duePerson();
  const before = world.tables.requests.length;
  await world.enqueue(person.message);
  await until(async () => app.log.some((line) => line.includes('"outcome":"refreshed"')));
  const requests = world.tables.requests.slice(before).filter(inTokensTable);
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'POST']);
  expect(requests.map(({ path }) => path.includes('$batch'))).toEqual([false, false, true]);
  expect(callsFor(person)).toBe(1);
});

it('a message that is delivered ten times causes one token call', async () => {
  const person = await duePerson();
  await Promise.all(Array.from({ length: 10 }, () => world.enqueue(person.message)));
  await until(() => byTimer(person));
  await until(drained);
  expect(callsFor(person)).toBe(1);
});

it('a user who comes back while their refresh begins is refreshed all the same', async () => {
  const person = await duePerson();
  const lease = world.tables.add(
    { matches: isCacheMerge(person.hash), action: { kind: 'hold' } },
    1,
  );
  // The timer's own, so that no request sweeps.
  await app.runTimer('refresh-sweep');
  await lease.reached;
  // Which notes that they are there.
  await person.session();
  lease.release();
  await until(() => byTimer(person));
  expect(callsFor(person)).toBe(1);
});

it('a back-off does not use up the message’s tries', async () => {
  const person = await duePerson();
  world.tokens.add({ matches: isRefreshCall, action: { kind: 'answer', status: 503 } });
  await world.enqueue(person.message);
  await until(async () => (await person.session())['state'] === 'degraded');
  await until(drained);
  expect(app.log.filter((line) => line.includes('refresh-worker failed'))).toEqual([]);
  world.heal();
  // A sweep each minute, as the timer has it; the back-off is over by the second one.
  for (let passed = 0; passed < 3; passed++) {
    await clock.advance(minute, [app]);
    await app.runTimer('refresh-sweep');
    await until(drained);
  }
  await until(() => byTimer(person));
});

it('a message that has failed too often puts its user back by a day, and is counted', async () => {
  const person = await signedInPerson(world, users.pop());
  const { nextRefreshAt: dueAt } = await person.session();
  const poison = QueueServiceClient.fromConnectionString(
    world.azurite.connectionString,
  ).getQueueClient('refresh-poison');
  await poison.createIfNotExists();
  const text = Buffer.from(JSON.stringify({ user: person.hash, flow: 'code', dueAt })).toString(
    'base64',
  );
  await poison.sendMessage(text);
  await until(async () => {
    const { nextRefreshAt = '' } = await person.session();
    return Date.parse(nextRefreshAt) > Date.now() + day - minute;
  });
  await until(async () => (await health())['poisoned'] === 1);
  // Whoever asks is refreshed all the same.
  await clock.advance(61 * minute, [app]);
  expect((await person.me()).status).toBe(200);
});

it('a message that no sweep of ours sent is dropped', async () => {
  await world.enqueue({ user: 'nobody', flow: 'code', dueAt: 'never' });
  await until(drained);
  expect(app.log.filter((line) => line.includes('refresh-worker failed'))).toEqual([]);
});
