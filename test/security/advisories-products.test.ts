import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AppTokenSigning } from '../../dev/identity-provider/app-token.ts';
import type { IdTokenFault } from '../../dev/identity-provider/id-token-fault.ts';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { beginningWith } from '../support/as-nobody.ts';
import { type Outcome, outcomeOf, startedSignIn } from '../support/attempted-sign-in.ts';
import { asBackEnd, askForToken } from '../support/back-end-client.ts';
import { bundlePaths } from '../support/bundle-routes.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { hostileGroups } from '../support/hostile-return-to.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { organizations } from '../support/world-state.ts';

/** Advisories against nextjs-auth0, authkit, Duende’s and Microsoft’s products, each tried here. */

const otherTenant = '22222222-2222-4333-8444-555555555555';
const users = [...generateUsers(60)];

let world: World;
let app: App;
/** For users of several tenants: the one that is there, and another. */
let several: App;
let person: Person;

beforeAll(async () => {
  world = await startWorld({ users });
  const queues = false;
  const ENTRA_APP_ROLE = 'Evergreen.ActForUsers';
  app = await world.startApp({ queues, environment: { ENTRA_APP_ROLE } });
  const { tenantId } = world.identityProvider;
  const environment = { ...organizations(world, [tenantId, otherTenant]), ENTRA_APP_ROLE };
  several = await world.startApp({ queues, environment });
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

const claims = (changes: Record<string, unknown>): IdTokenFault => ({
  claims: (good) => ({ ...good, ...changes }),
});

/** What comes of a sign-in whose ID token says something else. @param origin of the app. */
async function outcomeWith(fault: IdTokenFault, origin = app.origin): Promise<Outcome> {
  world.identityProvider.faults.idToken = fault;
  const { browser, callback } = await startedSignIn(world, nextUser());
  return outcomeOf(world, () => browser.request(callback.replace(app.origin, origin)));
}

/** That an answer may be kept, said to browsers and to what stands before us. */
const shared = {
  'cache-control': 'public, max-age=3600, s-maxage=3600',
  'cdn-cache-control': 'public, max-age=3600',
  'surrogate-control': 'max-age=3600',
  expires: new Date(Date.now() + 3_600_000).toUTCString(),
  etag: '"1"',
};

function expectNotKept(response: Response, what: string): void {
  expect(response.headers.get('cache-control'), what).toBe('no-store');
  for (const name of ['cdn-cache-control', 'surrogate-control', 'expires', 'age']) {
    expect(response.headers.get(name), `${what}: ${name}`).toBeNull();
  }
}

// A renewed cookie came with answers that a CDN was free to give to everybody.
it('CVE-2025-48947: an answer that sets or takes a cookie is never kept', async () => {
  const { username } = nextUser();
  const { browser, callback } = await startedSignIn(world, { username });
  const post = { method: 'POST', headers: { origin: app.origin, 'x-csrf': '1' } };
  const answers = [
    ...[
      await fetch(`${app.origin}/login`, { redirect: 'manual' }),
      await browser.request(callback),
    ],
    await browser.request(`${app.origin}/logout`, post),
  ];
  expect(answers.map(({ headers }) => headers.getSetCookie().length > 0)).toEqual([
    true,
    true,
    true,
  ]);
  for (const answer of answers) expectNotKept(answer, answer.url);
  for (const path of bundlePaths()) {
    for (const headers of [{}, { 'if-none-match': '"1"', 'cache-control': 'only-if-cached' }]) {
      expectNotKept(await person.browser.request(app.origin + path, { headers }), path);
    }
  }
});

// Pages for one person had no header against being kept, and were given to the next.
it('CVE-2025-64762: what is for one person is never kept, whatever Graph says of it', async () => {
  const body = { id: person.oid, value: [] };
  world.graph.faults.set({ kind: 'answer', status: 200, body, headers: shared });
  const [alone, bearer] = [person.browser, await asBackEnd(world)];
  for (const path of ['/me', '/session', '/sessions', '/graph/me']) {
    const response = await alone.request(app.origin + path);
    expect(response.status).toBe(200);
    expectNotKept(response, path);
  }
  const path = `/users/${person.oid}/graph/me`;
  const absent = await fetch(app.origin + path, { headers: bearer });
  expect(absent.status).toBe(200);
  expectNotKept(absent, path);
});

// The page of an error showed what the query said of it.
it('CVE-2021-32702: nothing that a callback or a path says is shown as it is', async () => {
  const text = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\r\nSet-Cookie: x=1';
  const { browser, callback } = await startedSignIn(world, nextUser());
  const state = new URL(callback).searchParams.get('state') ?? '';
  const query = (names: string[]) =>
    new URLSearchParams([['state', state], ...names.map((name) => [name, text])]);
  const told = ['error', 'error_description', 'error_uri', 'error_subcode'];
  for (const path of [
    ...[
      `/callback?${query(told)}`,
      `/callback?${query(told.slice(1))}`,
      `/callback?${query(['code'])}`,
    ],
    ...[
      `/login?${query(['returnTo'])}`,
      `/login?${query(['scope'])}`,
      `/login?${query(['prompt'])}`,
    ],
    ...[`/${encodeURIComponent(text)}`, `/graph/${encodeURIComponent(text)}`],
  ]) {
    const headers = { accept: 'text/html' };
    const response = await browser.request(app.origin + path, { headers });
    const shown = (await response.text()) + [...response.headers].join('\n');
    expect(response.status, path).toBeGreaterThanOrEqual(400);
    expect(/<script>alert|onerror=alert|x=1/.exec(shown), path).toBeNull();
    expect(response.headers.get('content-security-policy'), path).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options'), path).toBe('nosniff');
  }
});

// IsLocalUrl took a path with control characters for a local one, and browsers dropped them.
it('CVE-2024-39694: a path with what browsers drop is no local one', async () => {
  const groups = ['dropped by browsers', 'control characters', 'C1 controls', 'backslashes'];
  const values = hostileGroups.flatMap(({ group, values }) =>
    groups.includes(group) ? values : [],
  );
  expect(values.length).toBeGreaterThan(50);
  expect(await beginningWith(world, ['~/evil', '~//evil.example', ...values])).toEqual([]);
});

// A token that is bound to a key was taken from whoever had it.
it('CVE-2024-49755: a token that is bound to a key is not taken, nor one by the scheme DPoP', async () => {
  const ask = (headers: Record<string, string>) => askForToken(app.origin, person.oid, { headers });
  const good = await asBackEnd(world);
  expect((await ask(good)).status).toBe(200);
  for (const cnf of [{ jkt: 'a' }, { 'x5t#S256': 'a' }, { kid: 'a' }, {}, null, '', false]) {
    const bound = await asBackEnd(world, { cnf });
    const { status, body } = await ask(bound);
    expect([cnf, status, body['code']]).toEqual([cnf, 401, 'unauthenticated']);
    const authorization = bound.authorization.replace('Bearer', 'DPoP');
    expect((await ask({ authorization, dpop: 'proof' })).status).toBe(401);
  }
  const authorization = good.authorization.replace('Bearer', 'DPoP');
  expect((await ask({ authorization, dpop: 'proof' })).status).toBe(401);

  const device = createDevice(app.origin);
  const started = await device.start();
  await approveDevice(started, nextUser().username);
  const { session = '' } = (await device.poll(started)).body;
  expect((await device.askAs(session, '/me')).status).toBe(200);
  const asDpop = { headers: { authorization: `DPoP ${session}`, dpop: 'proof' } };
  expect((await device.ask('/me', asDpop)).status).toBe(401);
});

// “BingBang”: an app for several tenants took the users of all.
it('MSRC-2023-03: a user of a tenant that is not listed is refused, with all else in order', async () => {
  const { issuer, tenantId } = world.identityProvider;
  const foreign = '33333333-2222-4333-8444-555555555555';
  const of = (tid: string) => ({ tid, iss: issuer.replace(tenantId, tid) });
  const nothingKept = { status: 403, opensSession: false, stores: 1 };
  for (const { origin } of [app, several]) {
    expect(await outcomeWith(claims(of(foreign)), origin)).toMatchObject(nothingKept);
    const headers = await asBackEnd(world, of(foreign));
    expect((await askForToken(origin, person.oid, { headers })).status).toBe(401);
  }
  expect(await outcomeWith(claims(of(otherTenant)))).toMatchObject(nothingKept);
  const listed = await outcomeWith(claims(of(otherTenant)), several.origin);
  expect(listed).toMatchObject({ status: 302, opensSession: true });
  // A back end acts for users of its own tenant, though both are listed.
  const headers = await asBackEnd(world, of(otherTenant));
  expect((await askForToken(several.origin, person.oid, { headers })).status).toBe(404);
});

// “nOAuth”: whoever wrote a victim’s address into their own account got the victim’s.
it('MSRC-2023-06: another account with the same address, name and subject is another user', async () => {
  const user = nextUser();
  const victim = await signedInPerson(world, user);
  const { username: mail, name } = user;
  const same = { name, email: mail, preferred_username: mail, upn: mail, unique_name: mail };
  const verified = { ...same, verified_primary_email: [mail], sub: mail };
  world.identityProvider.faults.idToken = claims(verified);
  const attacker = await signedInPerson(world, nextUser());
  expect([await attacker.me(), await victim.me()]).toEqual([ownProfile, ownProfile]);
  for (const { browser } of [attacker, victim]) {
    const { sessions } = await (await browser.request(`${app.origin}/sessions`)).json();
    expect(sessions).toHaveLength(1);
  }
  const headers = await asBackEnd(world);
  expect((await askForToken(app.origin, mail, { headers })).status).toBe(404);
  const { status } = await askForToken(app.origin, victim.oid, { headers });
  expect(status).toBe(200);
});

// Issuer or signature of a token went unchecked in some configurations (CVE-2016-7191).
it('passport-azure-ad: an ID token of another issuer, or a token with another signature, is refused', async () => {
  const { issuer, tenantId } = world.identityProvider;
  for (const { origin } of [app, several]) {
    for (const iss of [
      ...[issuer.replace(tenantId, otherTenant), issuer.replace(tenantId, '{tenantid}')],
      ...[
        issuer.replace(tenantId, 'common'),
        `${issuer}/`,
        'https://evil.example',
        '',
        undefined,
        [issuer],
      ],
    ]) {
      const outcome = await outcomeWith(claims({ iss }), origin);
      expect([iss, outcome]).toEqual([iss, { ...{ status: 502, opensSession: false }, ...used }]);
    }
    for (const fault of [
      { alg: 'none' } as const,
      claims({ aud: otherTenant }),
      claims({ exp: 1 }),
    ]) {
      expect(await outcomeWith(fault, origin)).toMatchObject({ status: 502, opensSession: false });
    }
    for (const signing of [
      { key: 'foreign' },
      { alg: 'none' },
      { alg: 'HS256' },
    ] as AppTokenSigning[]) {
      const token = await world.identityProvider.appToken({}, signing);
      const headers = { authorization: `Bearer ${token}` };
      expect((await askForToken(origin, person.oid, { headers })).status).toBe(401);
    }
  }
});
const used = { stores: 1, redemptions: 1 };
