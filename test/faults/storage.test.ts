import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import type { FaultRule, ProxiedRequest } from '../support/fault-proxy.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { expectInvariants } from '../support/invariants.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { isTransaction } from '../support/refresh-requests.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

const second = 1000;
const minute = 60 * second;
const users = [...generateUsers(12)];

let world: FaultyWorld;
let app: App;
let clock: MovingClock;
const known: Person[] = [];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users });
  app = await world.startApp();
});

afterEach(async () => {
  world.heal();
  await expectInvariants(
    world,
    known.map(({ hash }) => hash),
    app.log,
  );
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function newcomer(): Promise<Person> {
  const person = await signedInPerson(world, users.pop());
  known.push(person);
  return person;
}

const isWrite = ({ method }: ProxiedRequest) => method !== 'GET';
const serverBusy: FaultRule['action'] = {
  kind: 'answer',
  status: 503,
  headers: { 'content-type': 'application/json' },
  body: '{"odata.error":{"code":"ServerBusy"}}',
};

describe('while the tables', () => {
  it.each<[string, FaultRule['action']]>([
    ['do not answer', { kind: 'drop' }],
    ['cut connections', { kind: 'reset' }],
    ['are busy', serverBusy],
  ])('%s, /me is 503 and the cookie stays; afterwards all is as before', async (_, action) => {
    const person = await newcomer();
    world.tables.add({ action });
    const startedAt = performance.now();
    const response = await person.browser.request(`${app.origin}/me`);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toMatchObject({ code: 'temporarily_unavailable' });
    world.heal();
    expect(await person.me()).toEqual(ownProfile);
  });

  it('refuse a plain request, the SDK makes it, and the log says so', async () => {
    const person = await newcomer();
    // The log says it once a minute.
    await clock.advance(minute, [app]);
    const matches = ({ path }: ProxiedRequest) => path.includes('/sessions(');
    world.tables.add({ matches, action: { kind: 'answer', status: 400, body: '{}' } }, 1);
    expect(await person.me()).toEqual(ownProfile);
    const told =
      '"event":"storage-request-repeated","table":"sessions","method":"GET","status":400';
    await until(() => app.log.some((line) => line.includes(told)));
  });

  it('take no writes, a valid token is served, a due refresh waits, and all heals', async () => {
    const person = await newcomer();
    await clock.advance(59 * minute + 30 * second, [app]);
    world.tables.add({ matches: isWrite, action: serverBusy });
    // The token has half a minute left: a refresh is tried, and can't be kept.
    expect(await person.me()).toEqual(ownProfile);
    await app.runTimer('refresh-sweep').catch(() => undefined);
    await clock.advance(minute, [app]);
    expect(await person.me()).toMatchObject({ status: 503, code: 'temporarily_unavailable' });
    world.heal();
    await clock.advance(minute, [app]);
    expect(await person.me()).toEqual(ownProfile);
  });

  it('lose the answer to the write of a refresh, the tokens are kept and used', async () => {
    const person = await newcomer();
    await clock.advance(61 * minute, [app]);
    const lost = world.tables.add(
      { when: 'after', matches: isTransaction(person.hash), action: { kind: 'reset' } },
      1,
    );
    const calls = () =>
      world.identityProvider.tokenCalls.filter(({ userOid }) => userOid === person.oid).length;
    const before = calls();
    expect(await person.me()).toEqual(ownProfile);
    await lost.reached;
    expect(calls() - before).toBe(1);
    expect(await person.session()).toMatchObject({ state: 'active' });
  });
});

describe('at sign-in', () => {
  it.each([
    ['consumed state', ({ path }: ProxiedRequest) => /\/states\b/.test(path)],
    ['tokens', ({ path }: ProxiedRequest) => path.includes('$batch')],
    ['session', ({ path }: ProxiedRequest) => /\/sessions\b/.test(path)],
  ])(
    'the answer to the write of the %s is lost, and the sign-in succeeds once',
    async (_, matches) => {
      const lost = world.tables.add(
        {
          when: 'after',
          matches: (each) => isWrite(each) && matches(each),
          action: { kind: 'reset' },
        },
        1,
      );
      const person = await newcomer();
      await lost.reached;
      expect(await person.me()).toEqual(ownProfile);
      const rows = await dumpTables(world.azurite.connectionString);
      const sessions = rows.filter(({ table, h }) => table === 'sessions' && h === person.hash);
      expect(sessions).toHaveLength(1);
    },
  );
});

describe('while the queue', () => {
  it('takes no message, the marks stay, and the next sweep makes up for it', async () => {
    const person = await newcomer();
    await clock.advance(50 * minute, [app]);
    world.queues.add({ matches: isWrite, action: serverBusy });
    await expect(app.runTimer('refresh-sweep')).rejects.toThrow();
    world.heal();
    await clock.advance(minute, [app]);
    await app.runTimer('refresh-sweep');
    await until(async () => (await person.session())['lastRefreshedBy'] === 'timer');
  });
});
