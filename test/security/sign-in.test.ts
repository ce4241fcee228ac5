import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { IdTokenFault } from '../../dev/identity-provider/id-token-fault.ts';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import type { App } from '../support/app.ts';
import { outcomeOf, refused, startedSignIn } from '../support/attempted-sign-in.ts';
import { createBrowserClient } from '../support/browser-client.ts';
import { ownProfile, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import {
  codeRedemptions,
  cookieHeader,
  organizations,
  storedRows,
} from '../support/world-state.ts';

/** `tid` of somebody whose organisation is not ours. */
const otherTenant = '22222222-2222-4333-8444-555555555555';
const users = [...generateUsers(40)];

let world: World;
let apps: App[];

beforeAll(async () => {
  world = await startWorld({ users });
  const { tenantId } = world.identityProvider;
  const several = organizations(world, [tenantId]);
  apps = [
    await world.startApp({ queues: false }),
    await world.startApp({ queues: false }),
    await world.startApp({ queues: false, environment: several }),
  ];
  // Makes the data key, which is the first row.
  await fetch(`${world.origin}/login`);
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => world.close());

/** Somebody who has not signed in yet. */
function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

describe('login CSRF', () => {
  it('an attacker’s callback signs nobody else’s browser in, and stays good for the attacker', async () => {
    const attacker = await startedSignIn(world, nextUser());
    const bystander = createBrowserClient();
    expect(await outcomeOf(world, () => bystander.request(attacker.callback))).toEqual(refused);

    const starting = createBrowserClient();
    // Sign-ins of its own in each of the places that the cookie of one can have.
    const slots = () => [...starting.cookies.keys()].filter((name) => name.startsWith('sign-in-'));
    while (slots().length < 4) await starting.request(`${world.origin}/login`);
    expect(await outcomeOf(world, () => starting.request(attacker.callback))).toEqual(refused);

    const control = await attacker.browser.request(attacker.callback);
    expect(control.status).toBe(302);
  });

  it('it leaves a person who is signed in as they were', async () => {
    const victim = await signedInPerson(world, nextUser());
    const { callback } = await startedSignIn(world, nextUser());
    expect(await outcomeOf(world, () => victim.browser.request(callback))).toEqual(refused);
    expect(await victim.me()).toEqual(ownProfile);
  });
});

describe('callback replay', () => {
  it('a callback that was answered is refused, with all its cookies, on every instance', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const headers = { cookie: cookieHeader(browser) };
    expect((await browser.request(callback)).status).toBe(302);
    for (const { origin } of apps.slice(0, 2)) {
      const url = callback.replace(world.origin, origin);
      const again = () => fetch(url, { headers, redirect: 'manual' });
      expect(await outcomeOf(world, again)).toEqual(refused);
    }
  });

  it('of 20 at once on two instances one opens a session, with one request for tokens', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const headers = { cookie: cookieHeader(browser) };
    const redemptions = codeRedemptions(world).length;
    const sessions = await storedRows(world, 'sessions');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const origin = apps[index % 2]?.origin ?? '';
        return fetch(callback.replace(world.origin, origin), { headers, redirect: 'manual' });
      }),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([302, ...Array<number>(19).fill(400)]);
    const opened = answers.filter(({ headers }) => headers.getSetCookie().length > 0);
    expect(opened).toHaveLength(1);
    expect(codeRedemptions(world).length - redemptions).toBe(1);
    expect((await storedRows(world, 'sessions')).length - sessions.length).toBe(1);
  });
});

describe('code injection', () => {
  it('a stolen code does not fit the thief’s own sign-in', async () => {
    const victim = await startedSignIn(world, nextUser());
    const thief = await startedSignIn(world, nextUser());
    const url = new URL(thief.callback);
    url.searchParams.set('code', new URL(victim.callback).searchParams.get('code') ?? '');
    const outcome = await outcomeOf(world, () => thief.browser.request(url.href));
    // One row: the thief's state is used up.
    expect(outcome).toEqual({ status: 400, opensSession: false, stores: 1, redemptions: 1 });
    expect(codeRedemptions(world).at(-1)).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  it('each authorization request has a challenge of its own, by S256', async () => {
    const challenges = new Set<string>();
    for (let turn = 0; turn < 20; turn++) {
      const { headers } = await fetch(`${world.origin}/login`, { redirect: 'manual' });
      const { searchParams } = new URL(headers.get('location') ?? '');
      expect(searchParams.get('code_challenge_method')).toBe('S256');
      const challenge = searchParams.get('code_challenge') ?? '';
      expect(challenge).toMatch(/^[\w-]{43}$/);
      challenges.add(challenge);
    }
    expect(challenges.size).toBe(20);
  });
});

describe('ID-token substitution', () => {
  const now = () => Math.floor(Date.now() / 1000);
  const claims = (changes: object): IdTokenFault => ({
    claims: (good) => ({ ...good, ...changes }),
  });

  it.each<[string, number, IdTokenFault]>([
    ['no ID token', 502, { omit: true }],
    ['an unsigned one', 502, { alg: 'none' }],
    ['another nonce', 502, claims({ nonce: 'other' })],
    ['an empty nonce', 502, claims({ nonce: '' })],
    ['no nonce', 502, claims({ nonce: undefined })],
    ['another issuer', 502, claims({ iss: 'https://evil.example' })],
    ['no issuer', 502, claims({ iss: undefined })],
    ['another audience', 502, claims({ aud: 'other' })],
    ['no audience', 502, claims({ aud: undefined })],
    [
      'one audience too many, in our name',
      502,
      { claims: (good) => ({ ...good, aud: [String(good.aud), 'other'], azp: String(good.aud) }) },
    ],
    ['another authorized party', 502, claims({ azp: 'other' })],
    ['an expired one', 502, claims({ exp: now() - 3_600 })],
    ['one without an end', 502, claims({ exp: undefined })],
    ['one of long ago', 502, claims({ iat: now() - 86_400 })],
    ['one of tomorrow', 502, claims({ iat: now() + 86_400 })],
    ['one that is not valid yet', 502, claims({ nbf: now() + 86_400 })],
    ['no object id', 502, claims({ oid: undefined })],
    ['no tenant', 502, claims({ tid: undefined })],
    ['another tenant', 403, claims({ tid: otherTenant })],
  ])('a sign-in that brings %s opens no session', async (_, status, fault) => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    world.identityProvider.faults.idToken = fault;
    // One row: the state is used up.
    const outcome = await outcomeOf(world, () => browser.request(callback));
    expect(outcome).toEqual({ status, opensSession: false, stores: 1, redemptions: 1 });
  });

  it('nor does one that brings the ID token of an earlier sign-in', async () => {
    const user = nextUser();
    let earlier = {};
    world.identityProvider.faults.idToken = { claims: (good) => (earlier = good) };
    const first = await startedSignIn(world, user);
    // What the stand-in signs anew is as good as what it sent.
    expect((await first.browser.request(first.callback)).status).toBe(302);
    const second = await startedSignIn(world, user);
    world.identityProvider.faults.idToken = { claims: () => earlier };
    const outcome = await outcomeOf(world, () => second.browser.request(second.callback));
    expect(outcome).toEqual({ status: 502, opensSession: false, stores: 1, redemptions: 1 });
  });
});

describe('multi-tenant confusion', () => {
  it.each([
    ['one tenant', 0],
    ['several tenants', 2],
  ])('an app for %s takes nobody of another', async (_, index) => {
    const origin = apps[index]?.origin ?? '';
    const { tenantId } = world.identityProvider;
    const { browser, callback } = await startedSignIn(world, nextUser());
    const url = callback.replace(world.origin, origin);
    // A token as their own tenant issues it, right in all things but that.
    world.identityProvider.faults.idToken = {
      claims: (good) => ({
        ...good,
        ...{ tid: otherTenant, iss: good.iss?.replace(tenantId, otherTenant) ?? '' },
      }),
    };
    const outcome = await outcomeOf(world, () => browser.request(url));
    expect(outcome).toEqual({ status: 403, opensSession: false, stores: 1, redemptions: 1 });
  });

  it('a token of one tenant under the issuer of another is refused', async () => {
    const { tenantId } = world.identityProvider;
    for (const { origin } of apps) {
      const { browser, callback } = await startedSignIn(world, nextUser());
      world.identityProvider.faults.idToken = {
        claims: (good) => ({ ...good, iss: good.iss?.replace(tenantId, otherTenant) ?? '' }),
      };
      const outcome = await outcomeOf(world, () =>
        browser.request(callback.replace(world.origin, origin)),
      );
      expect(outcome).toEqual({ status: 502, opensSession: false, stores: 1, redemptions: 1 });
    }
  });
});

describe('account by mail or name', () => {
  /** Rows under somebody's hash. */
  async function rowsUnder({ oid }: StandInUser): Promise<string[]> {
    const hash = userHash({ oid, tid: world.identityProvider.tenantId });
    return (await storedRows(world, 'tokens')).filter((row) => row.includes(hash));
  }

  it('who has another’s address and name is somebody else all the same', async () => {
    const [owner, namesake] = [nextUser(), nextUser()];
    const victim = await signedInPerson(world, owner);
    const before = await rowsUnder(owner);
    const { username, name } = owner;
    world.identityProvider.faults.idToken = {
      claims: (good) => ({
        ...good,
        ...{ preferred_username: username, upn: username, email: username, name },
        ...{ email_verified: true, unique_name: username },
      }),
    };
    const attacker = await signedInPerson(world, namesake);
    expect(await attacker.me()).toEqual(ownProfile);
    const list = await attacker.browser.request(`${world.origin}/sessions`);
    expect((await list.json()).sessions).toHaveLength(1);
    const headers = { 'x-csrf': '1', origin: world.origin };
    const url = `${world.origin}/me/data`;
    expect((await attacker.browser.request(url, { method: 'DELETE', headers })).status).toBe(204);
    expect(await rowsUnder(namesake)).toEqual([]);
    expect(await rowsUnder(owner)).toEqual(before);
    expect(await victim.me()).toEqual(ownProfile);
  });

  it('who has a new address and name is who they were', async () => {
    const user = nextUser();
    const before = await signedInPerson(world, user);
    const named = { preferred_username: 'new@evergreen.example', name: 'New Name' };
    world.identityProvider.faults.idToken = { claims: (good) => ({ ...good, ...named }) };
    const after = await signedInPerson(world, user);
    const list = await after.browser.request(`${world.origin}/sessions`);
    expect((await list.json()).sessions).toHaveLength(2);
    expect(await before.me()).toEqual(ownProfile);
    expect(await after.me()).toEqual(ownProfile);
  });
});
