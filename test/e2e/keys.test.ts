import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { type KeyVaultStub, startKeyVault } from '../support/key-vault.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(12)];
const hour = 60 * 60_000;
const day = 24 * hour;

let world: World;
let vault: KeyVaultStub;
let folder: string;
let environment: Record<string, string>;
let apps: App[];
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  [world, vault, folder] = await Promise.all([
    startWorld({ users }),
    startKeyVault(),
    mkdtemp(join(tmpdir(), 'evergreen-vault-')),
  ]);
  const certificate = join(folder, 'vault.pem');
  await writeFile(certificate, vault.certificate);
  environment = {
    ...vault.identity,
    NODE_EXTRA_CA_CERTS: certificate,
    KEY_VAULT_KEY_ID: vault.keyId,
    LOCAL_WRAPPING_KEY: '',
    TOKEN_STORAGE__credential: 'managedidentity',
    SESSION_IDLE_HOURS: '2400',
    SESSION_MAX_DAYS: '100',
    // Nobody who is absent is refreshed, which writes a row anew, while their rows are counted.
    REFRESH_KEEPALIVE_DAYS: '60',
  };
  apps = [await world.startApp({ environment }), await world.startApp({ environment })];
});

afterEach(() => {
  vault.fault = undefined;
});

afterAll(async () => {
  clock.restore();
  await world.close();
  await vault.close();
  await rm(folder, { recursive: true });
});

/** How many rows each data key has sealed. */
async function rowsByKey(): Promise<Record<string, number>> {
  const rows = await dumpTables(world.azurite.connectionString);
  const sealed = rows.filter(({ table, kid }) => table !== 'keys' && typeof kid === 'string');
  const counts: Record<string, number> = {};
  for (const { kid } of sealed) counts[String(kid)] = (counts[String(kid)] ?? 0) + 1;
  return counts;
}

async function dataKeys(): Promise<string[]> {
  const rows = await dumpTables(world.azurite.connectionString);
  return rows
    .filter(({ table, partitionKey }) => table === 'keys' && partitionKey === 'data')
    .map(({ rowKey }) => rowKey);
}

/** The versions of the vault's key that have wrapped the data keys. */
async function wrappingVersions(): Promise<Set<unknown>> {
  const rows = await dumpTables(world.azurite.connectionString);
  const keys = rows.filter(
    ({ table, partitionKey }) => table === 'keys' && partitionKey === 'data',
  );
  return new Set(keys.map(({ wrappedBy }) => wrappedBy));
}

/** Everybody asks both apps for their profile, again and again, while something goes on. */
async function underLoad(people: readonly Person[], work: () => Promise<void>): Promise<void> {
  let isOver = false;
  const callers = people.map(async (person) => {
    const answers = [];
    while (!isOver) for (const { origin } of apps) answers.push(await person.me(origin));
    return answers;
  });
  await work().finally(() => {
    isOver = true;
  });
  const answers = (await Promise.all(callers)).flat();
  expect(answers.length).toBeGreaterThan(people.length);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answers[0]).toEqual(ownProfile);
}

it('data keys are wrapped by the vault, which is asked once for each key and instance', async () => {
  const before = vault.operations.length;
  await signedInPeople(world, users.splice(0, 2));
  const other = await world.startApp({ environment, queues: false });
  const person = await signedInPerson(world, users.pop());
  for (let times = 0; times < 5; times++) {
    for (const { origin } of [...apps, other]) expect((await person.me(origin)).status).toBe(200);
  }
  const operations = vault.operations.slice(before);
  expect(operations.filter((operation) => operation === 'wrapkey').length).toBeLessThanOrEqual(1);
  expect(operations.filter((operation) => operation === 'unwrapkey').length).toBeLessThanOrEqual(3);
  const rows = await dumpTables(world.azurite.connectionString);
  const key = rows.find(({ table, partitionKey }) => table === 'keys' && partitionKey === 'data');
  expect(key?.['wrappedBy']).toMatch(`${vault.keyId}/`);
  await other.close();
});

it('a new data key under load costs nobody a 401, and the earlier one stays for the rows that have it', async () => {
  const people = await signedInPeople(world, users.splice(0, 4));
  const device = createDevice(world.origin);
  const started = await device.start();
  await approveDevice(started, users.pop()?.username ?? '');
  const session = (await device.poll(started)).body['session'] ?? '';
  const [first = ''] = await dataKeys();

  await clock.advance(31 * day, apps);
  await underLoad(people, () => apps[0]?.runTimer('janitor') ?? Promise.reject());
  const keys = await dataKeys();
  expect(keys).toHaveLength(2);
  const latest = keys.find((kid) => kid !== first) ?? '';

  // Every instance reads the keys again within the hour, and seals with the new one from then on.
  await clock.advance(2 * hour, apps);
  await underLoad(people, () => apps[0]?.runTimer('refresh-sweep') ?? Promise.reject());
  expect((await device.askAs(session, '/me')).status).toBe(200);
  expect((await rowsByKey())[latest]).toBeGreaterThan(0);

  await clock.advance(5 * day, apps);
  await underLoad(people, () => apps[0]?.runTimer('janitor') ?? Promise.reject());
  // The people of the test before have not been here since: two rows each of three.
  expect((await rowsByKey())[first]).toBe(6);
  expect(await dataKeys()).toEqual(keys);
});

it('a new version of the vault’s key rewraps the data keys under load, and the earlier can be disabled', async () => {
  const people = await signedInPeople(world, users.splice(0, 2));
  const before = await wrappingVersions();
  vault.rotate();
  await underLoad(people, () => apps[0]?.runTimer('janitor') ?? Promise.reject());
  const after = await wrappingVersions();
  expect([before.size, after.size]).toEqual([1, 1]);
  expect(after).not.toEqual(before);
  vault.disableEarlierVersions();
  const cold = await world.startApp({ environment, queues: false });
  await clock.advance(0, [cold]);
  for (const person of people) expect(await person.me(cold.origin)).toEqual(ownProfile);
  expect((await fetch(`${cold.origin}/health/ready`)).status).toBe(200);
  await cold.close();
});

it('without the vault a warm instance goes on, and a cold one is 503 until it is back', async () => {
  const person = await signedInPerson(world, users.pop());
  const cold = await world.startApp({ environment, queues: false });
  await clock.advance(0, [cold]);
  for (const { origin } of apps) expect((await person.me(origin)).status).toBe(200);
  vault.fault = { status: 503 };
  await clock.advance(2 * hour, [...apps, cold]);
  for (const { origin } of apps) expect((await person.me(origin)).status).toBe(200);
  const refused = await person.me(cold.origin);
  expect(refused).toMatchObject({ status: 503, code: 'temporarily_unavailable', retryAfter: '5' });
  expect((await fetch(`${cold.origin}/health/ready`)).status).toBe(503);
  vault.fault = undefined;
  await clock.advance(10_000, [...apps, cold]);
  expect((await person.me(cold.origin)).status).toBe(200);
});
