import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { outcomeOf, refused, startedSignIn } from '../support/attempted-sign-in.ts';
import { beginSignIn, callbackOf } from '../support/authorization-request.ts';
import { asBackEnd, askForToken } from '../support/back-end-client.ts';
import { createBrowserClient } from '../support/browser-client.ts';
import { sendExactly } from '../support/exact-request.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader, storedRows } from '../support/world-state.ts';

/** Advisories against next-auth and Auth.js, each tried here. */

const users = [...generateUsers(40)];
/** As NFKC undoes it. */
const inFullWidth = (text: string) =>
  text.replaceAll(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

let world: World;
let app: App;
let person: Person;

beforeAll(async () => {
  world = await startWorld({ users });
  app = await world.startApp({
    queues: false,
    environment: { ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
  });
  person = await signedInPerson(world, nextUser());
});

afterEach(() => {
  world.identityProvider.faults.clear();
  world.graph.faults.clear();
});

afterAll(() => world.close());

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

/** The next ID token says something else. */
function claim(changes: Record<string, unknown>): void {
  world.identityProvider.faults.idToken = { claims: (good) => ({ ...good, ...changes }) };
}

/** Completes a sign-in. @param origin of the app that is asked to. */
async function completed(user = nextUser(), origin = app.origin) {
  const { browser, callback } = await startedSignIn(world, user);
  const url = callback.replace(app.origin, origin);
  return outcomeOf(world, () => browser.request(url));
}

const startOther = (environment: Record<string, string>) =>
  world.startApp({ queues: false, environment });

// The sealed state or verifier of a sign-in that was broken off counted as a session of nobody.
it('CVE-2023-48309: what a sign-in leaves behind that was broken off is no session', async () => {
  const browser = createBrowserClient();
  for (const query of ['', '?returnTo=/me', '?prompt=none', '?login_hint=a', '?returnTo=/&x=1']) {
    await browser.request(`${app.origin}/login${query}`);
  }
  const cookies = [...browser.cookies].filter(([name]) => name.startsWith('sign-in-'));
  expect(cookies.length).toBeGreaterThan(0);
  for (const [name, value] of cookies) {
    for (const path of ['/me', '/session', '/graph/me']) {
      for (const headers of [
        { cookie: `session=${value}; ${name}=${value}` },
        { cookie: `${name}=${value}` },
        { authorization: `Bearer ${value}` },
      ]) {
        expect((await fetch(app.origin + path, { headers })).status).toBe(401);
      }
    }
  }
});

// An address that no URL can be made of was thrown over, and the request never answered.
it('CVE-2022-31093: a malformed returnTo is answered 400, and the next request is too', async () => {
  for (const value of [
    ...['%', '%zz', '%E0%A4%A', '%c0%80', 'http:', 'https://[', 'http://%zz', '//[::', '[', '.'],
    ...['%00', ':', 'https://a:b:c', `/${'a'.repeat(4000)}`, '/a&returnTo=/b'],
  ]) {
    const path = `/login?returnTo=${value}`;
    const { status, body } = await sendExactly(app.origin, { path });
    expect([value, status]).toEqual([value, 400]);
    expect(JSON.parse(body).code).toBe('invalid_request');
    expect((await sendExactly(app.origin, { path: '/login?returnTo=/a' })).status).toBe(302);
  }
});

// State, nonce and verifier that were made for one provider served for another one’s answer.
it('GHSA-x445-f3h2-j279: state, verifier and nonce of one sign-in serve for no other one', async () => {
  const [one, other] = [
    await startedSignIn(world, nextUser()),
    await startedSignIn(world, nextUser()),
  ];
  const mixed = new URL(one.callback);
  mixed.searchParams.set('code', new URL(other.callback).searchParams.get('code') ?? '');
  // One row: the state is used up. The code was asked for with another verifier.
  expect(await outcomeOf(world, () => one.browser.request(mixed.href))).toMatchObject({
    ...{ opensSession: false, stores: 1, redemptions: 1 },
  });

  const elsewhere = await beginSignIn(world, createBrowserClient());
  claim({ nonce: elsewhere.searchParams.get('nonce') });
  expect(await completed()).toMatchObject({ status: 502, opensSession: false, stores: 1 });
  const { browser, callback } = await startedSignIn(world, nextUser());
  const value = [...browser.cookies].find(([name]) => name.startsWith('sign-in-'))?.[1];
  for (const slot of [0, 1, 2, 3]) browser.cookies.set(`sign-in-${slot}`, value ?? '');
  const foreign = callback.replace(/([?&]state=)[^&]+/, `$1${elsewhere.searchParams.get('state')}`);
  expect(await outcomeOf(world, () => browser.request(foreign))).toEqual(refused);
});

// A header `Authorization: Bearer` with a malformed escape was thrown over.
it('GHSA-xmf8-cvqr-rfgj: a malformed bearer token or cookie is 401, and the next request is answered', async () => {
  const values = [
    '%',
    '%E0%A4%A',
    '%zz',
    '..',
    'a.%00.c',
    '[object Object]',
    'é',
    '"',
    '{}',
    '=;=',
  ];
  const schemes = ['Bearer ', 'bearer ', 'Bearer  ', 'Basic ', ''];
  const authorizations = values.flatMap((value) => schemes.map((scheme) => scheme + value));
  const cookies = ['session', 'session=', '=', ';;;', 'session="', '=x; session=%; session=%zz'];
  const many = Array.from({ length: 200 }, (_, index) => `c${index}=%`).join('; ');
  const tries: Record<string, string>[] = [
    ...[...authorizations, 'Bearer', 'x', 'a'.repeat(8_000)].map((value) => ({
      authorization: value,
    })),
    ...[...cookies, ...values.map((value) => `session=${value}`), many].map((cookie) => ({
      cookie,
    })),
  ];
  for (const headers of tries) {
    for (const path of ['/me', `/users/${person.oid}/graph/me`]) {
      const { status } = await sendExactly(app.origin, { path, headers });
      expect([headers, status]).toEqual([headers, 401]);
    }
  }
  expect(await person.me()).toEqual(ownProfile);
});

// With a wrong setting the session was an object that says so, and counted as a session.
it('GHSA-8fpg-xm3f-6cx3: with a wrong setting everything is closed, with or without a session', async () => {
  for (const environment of [
    { ENTRA_AUTHORITY_METADATA: '{}' },
    { LOCAL_WRAPPING_KEY: '' },
    { ENTRA_TENANT_ID: 'organizations' },
  ]) {
    const { origin } = await startOther({
      ENTRA_APP_ROLE: 'Evergreen.ActForUsers',
      ...environment,
    });
    const owner = { cookie: cookieHeader(person.browser) };
    for (const headers of [{}, owner, await asBackEnd(world)]) {
      for (const path of ['/', '/me', '/session', '/graph/me', `/users/${person.oid}/graph/me`]) {
        const { status } = await fetch(origin + path, { headers });
        expect([environment, path, status]).toEqual([environment, path, 503]);
      }
    }
  }
  // No role is not a role that everybody has.
  const { origin } = await startOther({ ENTRA_APP_ROLE: '' });
  const headers = await asBackEnd(world, { roles: ['', 'undefined'] });
  expect((await askForToken(origin, person.oid, { headers })).status).toBe(404);
});

// An address was checked before Unicode made an ordinary @ of another one.
it('GHSA-7rqj-j65f-68wh: what Unicode takes for the same makes nobody somebody else', async () => {
  const user = nextUser();
  const { username } = user;
  const victim = await signedInPerson(world, user);
  const { tenantId } = world.identityProvider;
  const before = await storedRows(world, 'sessions');
  for (const mail of [username.replace('@', '＠'), inFullWidth(username), `${username}\u200b`]) {
    claim({ email: mail, preferred_username: mail, upn: mail });
    expect(await (await signedInPerson(world, nextUser())).me()).toEqual(ownProfile);
  }
  claim({ oid: inFullWidth(victim.oid) });
  const alike = await signedInPerson(world, nextUser());
  expect(await alike.me()).toMatchObject({ status: 502, isOwn: false });
  expect(
    (await (await alike.browser.request(`${app.origin}/sessions`)).json()).sessions,
  ).toHaveLength(1);
  claim({ tid: inFullWidth(tenantId) });
  expect(await completed()).toMatchObject({ status: 403, opensSession: false });
  expect(await victim.me()).toEqual(ownProfile);
  expect(await storedRows(world, 'sessions')).toEqual(expect.arrayContaining(before));
});

// An attacker took the checks out of the authorization request that a victim followed.
it('CVE-2023-27490: a sign-in whose checks were taken out on the way is not completed', async () => {
  const tampered = async (...names: string[]) => {
    const browser = createBrowserClient();
    const url = await beginSignIn(world, browser);
    for (const name of names) url.searchParams.delete(name);
    const callback = await callbackOf(world, browser, { url, username: nextUser().username });
    return outcomeOf(world, () => browser.request(callback));
  };
  expect(await tampered('state')).toEqual(refused);
  for (const names of [
    ['nonce'],
    ['code_challenge', 'code_challenge_method'],
    ['state', 'nonce'],
  ]) {
    expect(await tampered(...names), names.join()).toMatchObject({ opensSession: false });
  }
  const { browser, callback } = await startedSignIn(world, nextUser());
  for (const name of ['state', 'code']) {
    const url = new URL(callback);
    url.searchParams.delete(name);
    expect(await outcomeOf(world, () => browser.request(url.href)), name).toMatchObject({
      ...{ opensSession: false, redemptions: 0 },
    });
  }
});
