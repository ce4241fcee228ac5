import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(6)];
const day = 24 * 60 * 60_000;
const [first, second, third] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64'));

let world: World;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function startInstance(current = '', previous = '') {
  const app = await world.startApp({
    queues: false,
    environment: {
      LOCAL_WRAPPING_KEY: current,
      LOCAL_WRAPPING_KEY_PREVIOUS: previous,
      SESSION_IDLE_HOURS: '2400',
      SESSION_MAX_DAYS: '100',
    },
  });
  await clock.advance(0, [app]);
  return app;
}

async function rowsOf(table: string) {
  const rows = await dumpTables(world.azurite.connectionString);
  return rows.filter((row) => row.table === table && typeof row['kid'] === 'string');
}

/** Names of the wrapping keys in use, and how many data keys there are. */
async function wrapping() {
  const keys = await rowsOf('keys');
  return { names: new Set(keys.map(({ wrappedBy }) => wrappedBy)), count: keys.length };
}

async function expectAllServed(people: readonly Person[], origin: string): Promise<void> {
  for (const person of people) expect(await person.me(origin)).toEqual(ownProfile);
}

it('once an instance with a new wrapping key is ready or has served a user, nobody needs the previous one', async () => {
  const old = await startInstance(first);
  const people = await signedInPeople(world, users.slice(0, 3));
  await clock.advance(31 * day, [old]);
  await old.runTimer('janitor');
  await clock.advance(2 * 60 * 60_000, [old]);
  people.push(...(await signedInPeople(world, users.slice(3))));
  const sealed = async () => (await rowsOf('sessions')).map(({ kid, data }) => ({ kid, data }));
  const rows = await sealed();
  expect(new Set(rows.map(({ kid }) => kid)).size).toBe(2);
  const { names: before, count } = await wrapping();
  expect([before.size, count]).toEqual([1, 2]);

  // A rolling restart: the old instance goes on while the new one starts.
  const ready = await startInstance(second, first);
  expect((await fetch(`${ready.origin}/health/ready`)).status).toBe(200);
  const { names: afterReady } = await wrapping();
  expect([...afterReady]).toEqual([expect.stringMatching(/^local-/)]);
  expect([...afterReady]).not.toEqual([...before]);
  await expectAllServed(people, old.origin);
  await Promise.all([old.close(), ready.close()]);

  const alone = await startInstance(second);
  await expectAllServed(people, alone.origin);
  expect((await fetch(`${alone.origin}/health/ready`)).status).toBe(200);

  // And again, with one user's request in place of the look at readiness.
  const serving = await startInstance(third, second);
  await expectAllServed(people.slice(0, 1), serving.origin);
  await expect.poll(async () => [...(await wrapping()).names]).not.toEqual([...afterReady]);
  await expect.poll(async () => (await wrapping()).names.size).toBe(1);
  await Promise.all([alone.close(), serving.close()]);

  const last = await startInstance(third);
  await expectAllServed(people, last.origin);
  expect((await fetch(`${last.origin}/health/ready`)).status).toBe(200);
  expect((await wrapping()).count).toBe(count);
  expect(last.log.join('\n')).not.toContain('data-key-not-unwrapped');
});
