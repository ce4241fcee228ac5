import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { type App, wrappingKey } from '../support/app.ts';
import { bundlePaths } from '../support/bundle-routes.ts';
import { dataKeysOf } from '../support/data-keys.ts';
import { createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, signedInPerson } from '../support/people.ts';
import { newSealer } from '../support/sealer.ts';
import { deviceRowOf, type StoredEntity, sessionOf, tokensOf } from '../support/stored-entities.ts';
import { dumpQueues, dumpTables, dumpText } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(40)];

let world: World;
let app: App;
/** Another instance: it remembers nothing of what the first did. */
let other: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
  other = await world.startApp({ queues: false });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const nextPerson = () => signedInPerson(world, users.pop());

/** What is sealed in a row, with the key's name. */
async function sealedIn(row: StoredEntity): Promise<Record<string, unknown>> {
  const properties = Object.entries(await row.read());
  return Object.fromEntries(
    properties.filter(([name, value]) => value instanceof Uint8Array || name === 'kid'),
  );
}

describe('sealed value in another row', () => {
  it('of tokens does not open there, nor in another place of its own row', async () => {
    const [owner, thief] = [await nextPerson(), await nextPerson()];
    const [from, to] = [tokensOf(world, owner), tokensOf(world, thief)];
    const before = app.log.length;
    const own = await sealedIn(from);
    for (const swapped of [own, { cache: own['accessToken'], accessToken: own['cache'] }]) {
      await to.change(swapped);
      for (const { origin } of [app, other]) {
        expect(await thief.me(origin)).toMatchObject({ status: 401, code: 'reauth_required' });
      }
      // Nor does the whole row, whatever it says of itself.
      await to.replace(await from.read());
      expect(await thief.me()).toMatchObject({ status: 401, code: 'reauth_required' });
    }
    expect(app.log.slice(before).join('\n')).toContain('undecryptable');
    expect(await owner.me()).toEqual(ownProfile);
    await thief.signIn();
    expect(await thief.me()).toEqual(ownProfile);
  });

  it('of a session makes nobody somebody else', async () => {
    const [owner, thief] = [await nextPerson(), await nextPerson()];
    const [from, to] = [sessionOf(world, owner), sessionOf(world, thief)];
    await to.change(await sealedIn(from));
    expect(await thief.me()).toMatchObject({ status: 401, code: 'unauthenticated' });
    await to.replace(await from.read());
    expect(await thief.me(other.origin)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await owner.me()).toEqual(ownProfile);
  });

  it('of a device sign-in is nothing under another handle, nor under another table’s key', async () => {
    const device = createDevice(app.origin);
    const [owner, thief] = [await device.start(), await device.start()];
    await deviceRowOf(world, thief).change(await sealedIn(deviceRowOf(world, owner)));
    expect((await device.poll(thief)).status).toBe(404);
    const person = await nextPerson();
    const { session, kid } = await sealedIn(sessionOf(world, person));
    await deviceRowOf(world, thief).change({ request: session, kid });
    expect((await device.poll(thief)).status).toBe(404);
    expect((await device.poll(owner)).status).toBe(202);
  });
});

describe('rollback of an old row', () => {
  it.each(['entra', 'strict'] as const)(
    'is at worst a refresh or a sign-in, with refresh tokens as %s makes them',
    async (refreshTokenRotation) => {
      const victims = [...generateUsers(2)];
      const there = await startWorld({ users: victims, refreshTokenRotation });
      const apps: App[] = [];
      while (apps.length < 2) apps.push(await there.startApp({ queues: false }));
      await clock.advance(0, apps);
      const person = await signedInPerson(there, victims.pop());
      const neighbour = await signedInPerson(there, victims.pop());
      const [tokens, session] = [tokensOf(there, person), sessionOf(there, person)];
      const old = { tokens: await tokens.read(), session: await session.read() };
      await clock.advance(2 * 60 * 60_000, [app, other, ...apps]);
      expect(await person.me(apps[0]?.origin)).toEqual(ownProfile);
      expect(await tokens.read()).not.toMatchObject({ refreshedAt: old.tokens['refreshedAt'] });

      await tokens.replace(old.tokens);
      const answer = await person.me(apps[1]?.origin);
      if (refreshTokenRotation === 'entra') expect(answer).toEqual(ownProfile);
      else expect(answer).toMatchObject({ status: 401, code: 'reauth_required' });
      await person.signIn();
      for (const { origin } of apps) expect(await person.me(origin)).toEqual(ownProfile);

      // What is put back after a sign-out is nobody else's either.
      const { cookies } = person.browser;
      const headers = { 'x-csrf': '1', origin: there.origin };
      const url = `${there.origin}/logout?everywhere=true`;
      const kept = new Map(cookies);
      await person.browser.request(url, { method: 'POST', headers });
      for (const [name, value] of kept) cookies.set(name, value);
      for (const put of [() => session.replace(old.session), () => tokens.replace(old.tokens)]) {
        await put();
        for (const { origin } of apps) {
          const { status, isOwn } = await person.me(origin);
          expect(isOwn ? 200 : 401).toBe(status);
        }
      }
      expect(await neighbour.me()).toEqual(ownProfile);
      await there.close();
    },
  );
});

it('nonce reuse: ten thousand seals, as many nonces; and none twice in the tables', async () => {
  const sealer = newSealer();
  const address = { table: 't', partitionKey: 'p', rowKey: 'r', schema: 1 };
  const nonces = new Set<string>();
  for (let times = 0; times < 5_000; times++) {
    const value = Buffer.from('the same');
    const { sealed } = await sealer.seal({ one: value, other: value }, address);
    for (const bytes of Object.values(sealed)) nonces.add(bytes.toString('hex', 1, 13));
  }
  expect(nonces.size).toBe(10_000);

  const rows = await dumpTables(world.azurite.connectionString);
  const values = rows
    .flatMap((row) => Object.values(row))
    .filter((value) => value instanceof Uint8Array)
    .map((bytes) => Buffer.from(bytes).toString('hex'));
  // Other tests have copied some.
  const stored = [...new Set(values)];
  expect(stored.length).toBeGreaterThan(10);
  expect(new Set(stored.map((hex) => hex.slice(2, 26))).size).toBe(stored.length);
});

describe('damaged rows', () => {
  const flipped = (bytes: Uint8Array, at: number) =>
    bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

  const damages: [string, (bytes: Uint8Array) => unknown][] = [
    ['cut short', (bytes) => bytes.slice(0, -1)],
    ['cut to the head', (bytes) => bytes.slice(0, 13)],
    ['with a bit of the nonce turned', (bytes) => flipped(bytes, 5)],
    ['with a bit turned', (bytes) => flipped(bytes, 20)],
    ['with a bit of the tag turned', (bytes) => flipped(bytes, bytes.length - 1)],
    ['emptied', () => new Uint8Array(0)],
    ['in the clear', () => Buffer.from('{"oid":"x","tid":"x"}')],
    ['as text', () => '{"oid":"x"}'],
  ];
  const keys: [string, object][] = [
    ['of an unknown key', { kid: '1999-01-01' }],
    ['of a key with a strange name', { kid: "' or RowKey ne '" }],
    ['of no key', { kid: 7 }],
  ];

  /** Each damage, done to a row: every sealed value of it, or the name of the key. */
  async function* damaged(row: StoredEntity): AsyncIterable<string> {
    const { kid, ...sealed } = await sealedIn(row);
    for (const [name, damage] of damages) {
      const values = Object.entries(sealed).map(([key, bytes]) => [key, damage(bytes as never)]);
      await row.change(Object.fromEntries(values));
      yield name;
    }
    await row.change(sealed);
    for (const [name, change] of keys) {
      await row.change({ ...change });
      yield name;
    }
    await row.change({ kid });
  }

  const newer = { status: 503, code: 'temporarily_unavailable' };

  it.each([
    ['tokens', tokensOf, { status: 401, code: 'reauth_required' }],
    ['a session', sessionOf, { status: 401, code: 'unauthenticated' }],
  ] as const)('of %s count as absent for their user', async (_, rowOf, absent) => {
    const [person, neighbour] = [await nextPerson(), await nextPerson()];
    const row = rowOf(world, person);
    for await (const name of damaged(row)) {
      const { status, code } = await person.me(other.origin);
      expect([name, { status, code }]).toEqual([name, absent]);
      expect(await neighbour.me(other.origin)).toEqual(ownProfile);
    }
    await row.change({ schema: 99 });
    const before = await row.read();
    expect(await person.me(other.origin)).toMatchObject(newer);
    expect(await row.read()).toEqual(before);
    await row.change({ schema: 1 });
    expect(await person.me(other.origin)).toEqual(ownProfile);
  });

  it('of a device sign-in are no sign-in', async () => {
    const device = createDevice(other.origin);
    const started = await device.start();
    const row = deviceRowOf(world, started);
    for await (const name of damaged(row)) {
      expect([name, (await device.poll(started)).status]).toEqual([name, 404]);
    }
    await row.change({ schema: 99 });
    expect((await device.poll(started)).body['code']).toBe(newer.code);
    await row.change({ schema: 1 });
    expect((await device.poll(started)).status).toBe(202);
  });
});

it('key material is in no table, log, queue or answer', async () => {
  const person = await nextPerson();
  const wrong = await world.startApp({
    queues: false,
    environment: {
      LOCAL_WRAPPING_KEY: Buffer.from('a key of 32 bytes for one test..').toString('hex'),
    },
  });
  const texts: string[] = [];
  for (const { origin } of [app, wrong]) {
    for (const path of [...bundlePaths(), '/health/ready', '/callback?state=x&code=y']) {
      const response = await person.browser.request(`${origin}${path}`);
      texts.push(JSON.stringify([...response.headers]), await response.text());
    }
  }
  const { connectionString } = world.azurite;
  texts.push(await dumpText(connectionString), ...(await dumpQueues(connectionString)));
  texts.push(...[app, other, wrong].flatMap(({ log }) => log));
  const all = texts.join('\n');
  const dataKeys = await dataKeysOf(world);
  expect(dataKeys.map(({ length }) => length)).toEqual([32]);
  const secrets = [
    ...[...dataKeys, Buffer.from(wrappingKey, 'base64')].flatMap((key) =>
      (['base64', 'base64url', 'hex', 'latin1'] as const).map((encoding) => key.toString(encoding)),
    ),
    ...[
      world.identityProvider.clientSecret,
      /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '',
    ],
    ...['a key of 32 bytes', Buffer.from('a key of 32 bytes for one').toString('hex')],
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(12);
    expect(all.includes(secret)).toBe(false);
  }
});
