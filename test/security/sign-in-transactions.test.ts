import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { outcomeOf, refused, startedSignIn } from '../support/attempted-sign-in.ts';
import { type BrowserClient, createBrowserClient, signIn } from '../support/browser-client.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, signedInPerson } from '../support/people.ts';
import { dumpTables } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader, organizations } from '../support/world-state.ts';

const otherTenant = '22222222-2222-4333-8444-555555555555';
const users = [...generateUsers(60)];

let world: World;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
  // Makes the data key, which is the first row.
  await fetch(`${world.origin}/login`, { redirect: 'manual' });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

/** A callback with one parameter more, or another. */
function changed(callback: string, parameters: Record<string, string>): string {
  const url = new URL(callback);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** The cookie of the sign-in that a browser has begun. */
function signInCookie({ cookies }: BrowserClient): { name: string; value: string } {
  const [found] = [...cookies].filter(([name]) => name.startsWith('sign-in-'));
  if (!found) throw new Error('no sign-in has begun');
  return { name: found[0], value: found[1] };
}

/** The statuses of `/me` with a value as the cookie, as the bearer token, and as both. */
async function statusesOfMe(value: string): Promise<number[]> {
  const [cookie, authorization] = [`session=${value}`, `Bearer ${value}`];
  const ways = [{ cookie }, { authorization }, { cookie, authorization }];
  const ask = (headers: Record<string, string>) => fetch(`${app.origin}/me`, { headers });
  return (await Promise.all(ways.map(ask))).map(({ status }) => status);
}
const nobody = [401, 401, 401];

describe('mix-up of issuers', () => {
  it('an answer that names another issuer is refused before its code is sent anywhere', async () => {
    const { issuer, tenantId } = world.identityProvider;
    const { browser, callback } = await startedSignIn(world, nextUser());
    for (const iss of [
      ...['https://evil.example', `https://evil.example/${tenantId}/v2.0`, 'null', 'x'],
      ...[`${issuer}/`, issuer.toUpperCase(), `${issuer} `, issuer.replace('/v2.0', '')],
      ...[`${issuer}@evil.example`, issuer.replace('http:', 'https:')],
    ]) {
      const attempt = () => browser.request(changed(callback, { iss }));
      expect(await outcomeOf(world, attempt), iss).toEqual(refused);
    }
    // Of the same authority; those are told that they may not use this app.
    const elsewhere = changed(callback, { iss: issuer.replace(tenantId, otherTenant) });
    const outcome = await outcomeOf(world, () => browser.request(elsewhere));
    expect(outcome).toEqual({ ...refused, status: expect.toBeOneOf([400, 403]) });
    const control = await browser.request(changed(callback, { iss: issuer }));
    expect(control.status).toBe(302);
  });

  it('an answer that names none is taken', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const url = new URL(callback);
    url.searchParams.delete('iss');
    expect((await browser.request(url.href)).status).toBe(302);
  });

  it('nothing in a request chooses the authority', async () => {
    const authority = async (query: string) => {
      const response = await fetch(`${app.origin}/login?${query}`, { redirect: 'manual' });
      const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '');
      return [origin + pathname, searchParams.get('client_id'), searchParams.get('redirect_uri')];
    };
    const own = await authority('');
    for (const query of [
      ...[`tenant=${otherTenant}`, `tid=${otherTenant}`, 'iss=https://evil.example/v2.0'],
      ...['authority=https://evil.example', 'login_hint=eve@evil.example', 'client_id=other'],
      ...['domain_hint=evil.example', 'instance=evil.example', 'redirect_uri=https://evil.example'],
    ]) {
      expect(await authority(query), query).toEqual(own);
    }
  });
});

describe('session fixation', () => {
  it.each([
    ['one that was made up', async () => `2999-01-01.${'A'.repeat(43)}`],
    [
      'one of the attacker’s own',
      async () => (await signedInPerson(world, nextUser())).browser.cookies.get('session') ?? '',
    ],
    [
      'one that has ended',
      async () => {
        const { browser } = await signedInPerson(world, nextUser());
        const value = browser.cookies.get('session') ?? '';
        const headers = { 'x-csrf': '1', origin: world.origin };
        await browser.request(`${world.origin}/logout`, { method: 'POST', headers });
        return value;
      },
    ],
  ])('a session id that was there before, %s, is not the one after', async (_, make) => {
    const planted = await make();
    const victim = createBrowserClient();
    victim.cookies.set('session', planted);
    const { username, oid } = nextUser();
    await signIn(victim, world.origin, username, '?returnTo=/health/live');
    expect(victim.cookies.get('session') === planted).toBe(false);
    expect(await statusesOfMe(planted)).toEqual(nobody);
    const me = await victim.request(`${world.origin}/me`);
    expect((await me.json()).id).toBe(oid);
  });

  it('signing in again makes a new one, also for the same person', async () => {
    const person = await signedInPerson(world, nextUser());
    const earlier = person.browser.cookies.get('session') ?? '';
    await person.signIn();
    expect(person.browser.cookies.get('session') === earlier).toBe(false);
    expect(await statusesOfMe(earlier)).toEqual(nobody);
    expect(await person.me()).toEqual(ownProfile);
  });

  it('an answer gives a session only to the sign-in that it completes', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    expect(browser.cookies.has('session')).toBe(false);
    for (const path of ['/', '/login', '/me', '/session', '/callback', '/health/ready']) {
      const response = await fetch(`${app.origin}${path}`, { redirect: 'manual' });
      const cookies = response.headers.getSetCookie().join('\n');
      expect(cookies.includes('session='), path).toBe(false);
    }
    const outcome = await outcomeOf(world, () => browser.request(callback));
    expect(outcome).toMatchObject({ status: 302, opensSession: true, redemptions: 1 });
  });
});

describe('transaction artefact as a session', () => {
  it('the cookie, state, nonce or code of a sign-in is nobody’s session', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const login = await fetch(`${app.origin}/login`, { redirect: 'manual' });
    const query = new URL(login.headers.get('location') ?? '').searchParams;
    const day = '2999-01-01';
    const values = [
      signInCookie(browser).value,
      ...['state', 'code'].map((name) => new URL(callback).searchParams.get(name) ?? ''),
      ...['state', 'nonce', 'code_challenge'].map((name) => query.get(name) ?? ''),
    ].flatMap((value) => [value, `${day}.${value}`, `${day}.${value.slice(0, 43)}`]);
    expect(values.every((value) => value.length > 20)).toBe(true);
    for (const value of values) expect(await statusesOfMe(value)).toEqual(nobody);
    expect((await browser.request(callback)).status).toBe(302);
  });

  it('a session, or what is sealed in a row, is no sign-in', async () => {
    const person = await signedInPerson(world, nextUser());
    const { browser, callback } = await startedSignIn(world, nextUser());
    const { name } = signInCookie(browser);
    const rows = await dumpTables(world.azurite.connectionString);
    const sealed = rows.flatMap((row) =>
      Object.values(row)
        .filter((value) => value instanceof Uint8Array)
        .map((value) => `${String(row['kid'])}.${Buffer.from(value).toString('base64url')}`),
    );
    expect(sealed.length).toBeGreaterThan(2);
    for (const value of [person.browser.cookies.get('session') ?? '', ...sealed]) {
      const headers = { cookie: `${name}=${value}` };
      const attempt = () => fetch(callback, { headers, redirect: 'manual' });
      const outcome = await outcomeOf(world, attempt);
      expect(outcome).toEqual(refused);
    }
    expect((await browser.request(callback)).status).toBe(302);
  });
});

describe('transaction of another flow', () => {
  it('state and cookie of two sign-ins don’t go together', async () => {
    const [one, other] = [
      await startedSignIn(world, nextUser()),
      await startedSignIn(world, nextUser()),
    ];
    const { value } = signInCookie(other.browser);
    const everywhere = [0, 1, 2, 3].map((slot) => `sign-in-${slot}=${value}`).join('; ');
    const headers = { cookie: everywhere };
    const attempt = () => fetch(one.callback, { headers, redirect: 'manual' });
    expect(await outcomeOf(world, attempt)).toEqual(refused);
  });

  it('a sign-in of another address of ours, or for other tenants, is not completed here', async () => {
    for (const environment of [
      { PUBLIC_BASE_URL: 'https://other.example' },
      organizations(world, [otherTenant]),
    ]) {
      const other = await world.startApp({ queues: false, environment });
      const { browser, callback } = await startedSignIn(world, nextUser());
      const url = new URL(callback.replace(world.origin, other.origin));
      // It would be refused before anything else.
      url.searchParams.delete('iss');
      const { name, value } = signInCookie(browser);
      const headers = { cookie: `${name}=${value}; __Host-${name}=${value}` };
      const outcome = await outcomeOf(world, () => fetch(url, { headers, redirect: 'manual' }));
      // One row: the state is used up.
      expect(outcome).toMatchObject({ opensSession: false, stores: 1 });
      expect(outcome.status).toBeOneOf([400, 403]);
    }
  });

  it('a device’s sign-in and a browser’s have nothing in common', async () => {
    const user = nextUser();
    const device = createDevice(app.origin);
    const started = await device.start();
    const { browser, callback } = await startedSignIn(world, user);
    for (const state of [started.handle, started.userCode]) {
      const attempt = () => browser.request(changed(callback, { state }));
      expect(await outcomeOf(world, attempt)).toEqual(refused);
    }
    const query = new URL(callback).searchParams;
    for (const handle of [query.get('state'), query.get('code'), signInCookie(browser).value]) {
      expect((await device.poll({ handle: handle ?? '' })).status).toBe(404);
    }
    await approveDevice(started, user.username);
    const polled = await device.poll(started);
    expect(polled.status).toBe(200);
    const bearer = polled.body['session'] ?? '';
    expect((await browser.request(callback)).status).toBe(302);
    const cookie = browser.cookies.get('session') ?? '';
    // With both, the cookie counts.
    expect(await statusesOfMe(bearer)).toEqual([401, 200, 401]);
    expect(await statusesOfMe(cookie)).toEqual([200, 401, 200]);
  });

  it('a sign-in of more than ten minutes ago is over', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const headers = { cookie: cookieHeader(browser) };
    await clock.advance(10 * 60_000 + 1_000, [app]);
    const attempt = () => fetch(callback, { headers, redirect: 'manual' });
    expect(await outcomeOf(world, attempt)).toEqual(refused);
  });
});
