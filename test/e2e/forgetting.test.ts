import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { dumpQueues, dumpTables } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(12)];

let world: World;
let apps: App[];

beforeAll(async () => {
  world = await startWorld({ users });
  const retained = { RETAIN_WITHOUT_SESSION_DAYS: '30' };
  apps = [await world.startApp(), await world.startApp({ queues: false, environment: retained })];
});

afterAll(() => world.close());

/** Rows and messages that name a user, or one of their sessions. */
async function tracesOf({ hash, browser }: Person, ...secrets: string[]): Promise<string[]> {
  const rows = await dumpTables(world.azurite.connectionString);
  const queues = await dumpQueues(world.azurite.connectionString);
  const names = [hash, browser.cookies.get('session') ?? hash, ...secrets];
  const texts = [...rows.map((row) => JSON.stringify(row)), ...queues];
  return texts.filter((text) => names.some((name) => text.includes(name)));
}

const ownPage = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' };

async function forget({ browser }: Person, origin = world.origin): Promise<Response> {
  return browser.request(`${origin}/me/data`, { method: 'DELETE', headers: ownPage });
}

/** The identity provider's session that a person signed in with. */
function sidOf({ oid }: Person): string {
  const sid = world.identityProvider.sessionsOf(oid).at(-1);
  if (!sid) throw new Error('no session at the identity provider');
  return sid;
}

describe('DELETE /me/data', () => {
  it('leaves nothing of the user in any table or queue, on all instances at once', async () => {
    const user = users.pop();
    const person = await signedInPerson(world, user);
    const elsewhere = await signedInPerson(world, user);
    const device = createDevice(world.origin);
    const started = await device.start();
    await approveDevice(started, user?.username ?? '');
    const session = (await device.poll(started)).body['session'] ?? '';
    const rows = await dumpTables(world.azurite.connectionString);
    expect(new Set(rows.map(({ table }) => table))).toContain('sids');
    expect((await tracesOf(person)).length).toBeGreaterThan(5);
    const before = rows.length;

    const response = await forget(person);
    expect(response.status).toBe(204);
    expect(person.browser.cookies.has('session')).toBe(false);
    expect(await tracesOf(person, session)).toEqual([]);
    // Also what has only hashes in its key.
    const left = await dumpTables(world.azurite.connectionString);
    expect(left.filter(({ table }) => ['sids', 'sessions'].includes(table))).toEqual([]);
    expect(left.length).toBeLessThan(before);
    for (const { origin } of apps) {
      expect((await elsewhere.me(origin)).status).toBe(401);
      expect((await createDevice(origin).askAs(session, '/me')).status).toBe(401);
    }
  });

  it('deletes tokens that would be retained otherwise', async () => {
    const person = await signedInPerson(world, users.pop());
    expect((await forget(person, apps[1]?.origin)).status).toBe(204);
    expect(await tracesOf(person)).toEqual([]);
  });

  it('is only for a page of our own, and GET does nothing', async () => {
    const person = await signedInPerson(world, users.pop());
    const url = `${world.origin}/me/data`;
    expect((await person.browser.request(url)).status).toBe(405);
    const bare = await person.browser.request(url, { method: 'DELETE' });
    expect(bare.status).toBe(403);
    expect((await person.me()).status).toBe(200);
  });
});

describe('the identity provider’s front-channel sign-out', () => {
  const frontChannel = (query: Record<string, string>, origin = world.origin) =>
    fetch(`${origin}/logout/front-channel?${new URLSearchParams(query)}`, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' },
    });

  it('ends what came from its session, on all instances, and nothing else', async () => {
    const [person, other] = [
      await signedInPerson(world, users.pop()),
      await signedInPerson(world, users.pop()),
    ];
    const sid = sidOf(person);
    const iss = world.identityProvider.issuer;
    const response = await frontChannel({ sid, iss });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; frame-ancestors ${world.identityProvider.origin}`,
    );
    for (const { origin } of apps) expect((await person.me(origin)).status).toBe(401);
    expect((await other.me()).status).toBe(200);
    expect(await tracesOf(person)).toEqual([]);
    expect((await frontChannel({ sid, iss })).status).toBe(200);
  });

  it('without a sid, or of another issuer, ends nothing', async () => {
    const person = await signedInPerson(world, users.pop());
    const sid = sidOf(person);
    const queries = [{}, { sid: '' }, { sid: 'a|b' }, { sid: 'x'.repeat(200) }];
    for (const query of [...queries, { sid, iss: 'https://evil.example/v2.0' }]) {
      expect((await frontChannel(query as Record<string, string>)).status).toBe(400);
    }
    expect((await fetch(`${world.origin}/logout/front-channel?sid=a&sid=b`)).status).toBe(400);
    const posted = await fetch(`${world.origin}/logout/front-channel?sid=${sid}`, {
      method: 'POST',
    });
    expect(posted.status).toBe(405);
    expect((await person.me()).status).toBe(200);
  });

  it('can’t be asked without end', async () => {
    const other = await world.startApp({ queues: false });
    for (let n = 0; n < 120; n++) {
      expect((await frontChannel({ sid: `x${n}` }, other.origin)).status).toBe(200);
    }
    expect((await frontChannel({ sid: 'x' }, other.origin)).status).toBe(429);
  });
});

it('sign-out tells the identity provider who is leaving, so that it need not ask', async () => {
  const user = users.pop();
  const person = await signedInPerson(world, user);
  const response = await person.browser.request(`${world.origin}/logout`, {
    method: 'POST',
    headers: ownPage,
  });
  const { logoutUrl } = await response.json();
  const hint = new URL(logoutUrl).searchParams.get('logout_hint') ?? '';
  expect(hint).not.toBe('');
  expect(hint).not.toContain(user?.username);
});

it('sign-ins, sign-outs and deletions are audit events, with the user’s hash and the request', async () => {
  const person = await signedInPerson(world, users.pop());
  const { browser, hash } = person;
  const { sessions } = await (await browser.request(`${world.origin}/sessions`)).json();
  await browser.request(`${world.origin}/sessions/unknown`, { method: 'DELETE', headers: ownPage });
  await browser.request(`${world.origin}/logout`, { method: 'POST', headers: ownPage });
  await person.signIn();
  await fetch(`${world.origin}/logout/front-channel?sid=${sidOf(person)}`);
  await person.signIn();
  await forget(person);
  await fetch(`${world.origin}/callback?error=access_denied&state=x`);
  expect(sessions).toHaveLength(1);
  const audits = (apps[0]?.log ?? [])
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  const user = hash.slice(0, 12);
  const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(audits.slice(-8)).toMatchObject([
    { action: 'sign-in', outcome: 'ok', user, requestId },
    { action: 'session-end', outcome: 'not_found', user, requestId },
    { action: 'sign-out', outcome: 'ok', user, requestId },
    { action: 'sign-in', outcome: 'ok', user, requestId },
    { action: 'front-channel-sign-out', outcome: 'ok', users: [user], requestId },
    { action: 'sign-in', outcome: 'ok', user, requestId },
    { action: 'deletion', outcome: 'ok', user, requestId },
    { action: 'sign-in', outcome: 'invalid_request', requestId },
  ]);
});
