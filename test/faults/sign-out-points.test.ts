import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { hashOfSid } from '../../src/lib/auth/user.ts';
import type { App } from '../support/app.ts';
import type { ProxiedRequest } from '../support/fault-proxy.ts';
import type { FaultPhase } from '../support/fault-rules.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

/**
 * Where the product is killed while it signs a user out for the last time: at each request to the tables,
 * before it reaches them or after they have carried it out.
 */
const steps = [
  'session read',
  'session marked as ended',
  'tokens read',
  'session taken off its user’s list',
  'list read again',
  'tokens deleted with their mark',
  'session deleted from the index',
  'session deleted',
];

const users = [...generateUsers(2 * steps.length + 1)];
const ownPage = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' };

let world: FaultyWorld;
let app: App;

beforeAll(async () => {
  world = await startFaultyWorld({ users });
  app = await world.startApp();
});

afterAll(() => world.close());

/** A request for users’ rows: the app asks for its own figures and keys when it likes. */
function isForUsers({ path, body }: Pick<ProxiedRequest, 'path' | 'body'>): boolean {
  return /\/(tokens|sessions|sids)\b/.test(path.includes('$batch') ? body : path);
}

function signOut(cookie: string, origin = world.origin): Promise<Response> {
  const headers = { ...ownPage, cookie };
  return fetch(`${origin}/logout`, { method: 'POST', headers });
}

/** Kills the app at one of the requests that a sign-out makes, and starts it again. */
async function killAt(when: FaultPhase, step: number, cookie: string): Promise<void> {
  let count = 0;
  const isThere = (request: ProxiedRequest) => isForUsers(request) && ++count === step;
  const hold = world.tables.add({ when, matches: isThere, action: { kind: 'hold' } });
  const before = world.tables.requests.filter(isForUsers).length;
  const answer = signOut(cookie).catch(() => undefined);
  await hold.reached;
  await app.kill();
  await answer;
  // The proxy has seen that its client is gone: what it held goes no further.
  await until(() => world.tables.requests.filter(isForUsers).length >= before + step);
  world.heal();
  app = await world.startApp({ port: Number(new URL(world.origin).port) });
}

/** Rows that name the user, their session, or the identity provider's session that it came from. */
async function rowsOf({ hash, oid }: Person, sessionHash: string): Promise<string[]> {
  const sids = world.identityProvider.sessionsOf(oid).map(hashOfSid);
  const rows = await dumpTables(world.azurite.connectionString);
  return rows
    .filter((row) =>
      [hash, sessionHash, ...sids].some((name) => JSON.stringify(row).includes(name)),
    )
    .map(({ table, rowKey }) => `${table} ${rowKey}`);
}

async function signedIn() {
  const person = await signedInPerson(world, users.pop());
  const cookie = `session=${person.browser.cookies.get('session')}`;
  const rows = await dumpTables(world.azurite.connectionString);
  const row = rows.find(({ table, h }) => table === 'sessions' && h === person.hash);
  return { person, cookie, sessionHash: row?.rowKey ?? '' };
}

it('a sign-out makes these requests to the tables', async () => {
  const { person, cookie, sessionHash } = await signedIn();
  expect(await rowsOf(person, sessionHash)).toHaveLength(5);
  const before = world.tables.requests.filter(isForUsers).length;
  expect((await signOut(cookie)).status).toBe(200);
  expect(world.tables.requests.filter(isForUsers).length - before).toBe(steps.length);
  expect(await rowsOf(person, sessionHash)).toEqual([]);
});

describe.each(steps.map((name, index) => ({ name, step: index + 1 })))(
  'killed at “$name”',
  ({ step }) => {
    it.each(['before', 'after'] as const)(
      '%s it, a sign-out is finished by the next',
      async (when) => {
        const { person, cookie, sessionHash } = await signedIn();
        await killAt(when, step, cookie);
        // Once the session is marked, it works nowhere; until then, the user is signed in.
        const isMarked = step > 2 || (step === 2 && when === 'after');
        const me = await fetch(`${world.origin}/me`, { headers: { cookie } });
        expect(me.status).toBe(isMarked ? 401 : 200);
        const isOver = step === steps.length && when === 'after';
        expect((await signOut(cookie)).status).toBe(isOver ? 401 : 200);
        expect((await fetch(`${world.origin}/me`, { headers: { cookie } })).status).toBe(401);
        expect(await rowsOf(person, sessionHash)).toEqual([]);
        expect((await signOut(cookie)).status).toBe(401);
      },
    );
  },
);
