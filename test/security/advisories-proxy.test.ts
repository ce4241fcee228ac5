import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import {
  asNobody,
  asSomebody,
  beginningWith,
  closedPaths,
  closedToAll,
  destinationWith,
} from '../support/as-nobody.ts';
import { outcomeOf, startedSignIn } from '../support/attempted-sign-in.ts';
import { createBrowserClient, signIn, signInUpToCallback } from '../support/browser-client.ts';
import { bundlePaths } from '../support/bundle-routes.ts';
import { sendExactly } from '../support/exact-request.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';

/** Advisories against oauth2-proxy, each tried here. */

const otherTenant = '22222222-2222-4333-8444-555555555555';
const users = [...generateUsers(30)];

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

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => world.close());

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

const opened = (headers: Record<string, string>, paths = closedPaths(person)) =>
  asNobody(world, paths, headers);
const reached = (paths: readonly string[], headers: Record<string, string> = {}) =>
  asSomebody(world, person, { paths, headers });
const isRefusal = (status: number) => status === 400 || status === 404;
const leadingTo = (starts: readonly string[]) => starts.map((start) => `${start}evil.example`);

// Rules of what needs no sign-in were applied to the path in a header, and the request went to another.
it('CVE-2026-40575: a header that names another path or address opens nothing and leads nowhere', async () => {
  const visitor = nextUser();
  for (const name of [
    ...['x-forwarded-uri', 'x-original-url', 'x-original-uri', 'x-rewrite-url', 'x-forwarded-path'],
    ...['x-forwarded-prefix', 'x-envoy-original-path', 'x-auth-request-redirect', 'x-arr-log-id'],
  ]) {
    for (const value of ['/health/live', '/', `${app.origin}/health/live`, '/page.js']) {
      expect(await opened({ [name]: value }), `${name}: ${value}`).toEqual(closedToAll);
    }
    const { asked } = await reached(['/graph/me'], { [name]: '/graph/users' });
    expect(asked.map(({ path, status }) => [path, status])).toEqual([['/v1.0/me', 200]]);
    const redirecting = { [name]: 'https://evil.example/' };
    expect(await destinationWith(world, visitor.username, redirecting), name).toBe('/');
  }
});

// Whoever called themselves the health check in User-Agent was let in, whatever the path.
it('CVE-2026-34457: calling oneself a health check changes no answer', async () => {
  const plain = await statusesOfAll({});
  for (const headers of [
    ...['GoogleHC/1.0', 'kube-probe/1.31', 'ELB-HealthChecker/2.0', 'AlwaysOn', 'HealthCheck/1.0'],
    ...['Azure Traffic Manager Endpoint Monitor', 'Edge Health Probe', 'Load Balancer Agent'],
  ].map((agent) => ({ 'user-agent': agent }))) {
    expect(await opened(headers), headers['user-agent']).toEqual(closedToAll);
    expect(await statusesOfAll(headers), headers['user-agent']).toEqual(plain);
  }
  const others = {
    'x-health-check': '1',
    'x-azure-healthprobe': '1',
    'x-appservice-proto': 'https',
  };
  expect(await statusesOfAll(others)).toEqual(plain);
});

async function statusesOfAll(headers: Record<string, string>): Promise<[string, number][]> {
  const paths = bundlePaths().filter((path) => path !== '/device');
  const ask = async (path: string): Promise<[string, number]> => [
    path,
    (await sendExactly(app.origin, { path, headers })).status,
  ];
  return Promise.all(paths.map(ask));
}

// A path with `#` or `%23` was matched as a whole, and only its beginning was served.
it('CVE-2026-41059: what stands behind # or %23 neither opens a path nor reaches another', async () => {
  const raw = ['#/health/live', '#/../health/live', '#'];
  const encoded = ['%23/health/live', '%2523/health/live', '%23', '%23/../me'];
  for (const path of closedPaths(person)) {
    const ways = raw.map((end) => path + end);
    expect(await opened({}, ways)).toEqual(closedToAll);
    const answers = await opened(
      {},
      encoded.map((end) => path + end),
    );
    expect(answers.graphCalls).toBe(0);
    expect(answers.opened.filter(({ status }) => !isRefusal(status))).toEqual([]);
  }
  for (const mark of ['%23', '%2523', '#']) {
    const paths = ['users', 'groups', 'me/drive/root/delta'];
    const ways = paths.map((path) => `/graph/${path}${mark}/me/messages`);
    const { statuses, asked } = await reached(ways);
    expect(
      statuses.filter((status) => !isRefusal(status)),
      mark,
    ).toEqual([]);
    expect(asked).toEqual([]);
  }
  const ways = [
    '/graph/me%23/../users',
    '/graph/me#/../users',
    '/graph/me%23',
    '/graph/users%23/../me',
  ];
  const mine = await reached(ways);
  expect(mine.asked.filter(({ path }) => path !== '/v1.0/me')).toEqual([]);
});

// The list of open paths was compared with the path and its query.
it('GHSA-7rh7-c77v-6434: a query makes no path open, and no resource one of the list', async () => {
  const queries = ['?/health/live', '?x=/health/live', '?path=/page.js', '?/me', '?%2fhealth'];
  const ways = closedPaths(person).flatMap((path) => queries.map((query) => path + query));
  expect(await opened({}, ways)).toEqual(closedToAll);
  const { statuses, asked } = await reached(
    ['users', 'groups', '$batch', 'users/someone'].flatMap((path) =>
      ['?/me', '?x=/me/messages', '?$select=/me', '%3f/me', '%253f/me', '?/graph/me'].map(
        (query) => `/graph/${path}${query}`,
      ),
    ),
  );
  expect(statuses.filter((status) => !isRefusal(status))).toEqual([]);
  expect(asked).toEqual([]);
});

// The sign-in page left the cookie there: the next person at the computer was still the one before.
it('CVE-2026-34454: at a shared computer the cookie of whoever was there before is worth nothing', async () => {
  const [first, second] = [await signedInPerson(world, nextUser()), nextUser()];
  const cookie = first.browser.cookies.get('session') ?? '';
  const browser = createBrowserClient();
  browser.cookies.set('session', cookie);
  const url = await signInUpToCallback(browser, app.origin, second.username);
  const response = await browser.request(url);
  const given = response.headers.getSetCookie().filter((line) => line.startsWith('session='));
  expect(given).toHaveLength(1);
  expect(browser.cookies.get('session') === cookie).toBe(false);
  expect((await (await browser.request(`${app.origin}/me`)).json()).id).toBe(second.oid);
  expect(await opened({ cookie: `session=${cookie}` })).toEqual(closedToAll);

  const kept = browser.cookies.get('session');
  const headers = { origin: app.origin, 'x-csrf': '1' };
  await browser.request(`${app.origin}/logout`, { method: 'POST', headers });
  expect(browser.cookies.has('session')).toBe(false);
  expect(await opened({ cookie: `session=${kept}` })).toEqual(closedToAll);
});

// Headers that were to be taken out came through in another spelling: X_Forwarded_Email.
it('CVE-2025-64484: a header with underscores is not the one with hyphens', async () => {
  const { oid, browser } = person;
  const post = { method: 'POST', path: '/logout' };
  const cookie = `session=${browser.cookies.get('session')}`;
  for (const marked of [
    { X_CSRF: '1', origin: app.origin },
    { 'x-csrf': '1', Sec_Fetch_Site: 'same-origin' },
  ]) {
    const refusal = await sendExactly(app.origin, { ...post, headers: { cookie, ...marked } });
    expect([refusal.status, JSON.parse(refusal.body).code]).toEqual([403, 'csrf_rejected']);
  }
  expect(await person.me()).toEqual(ownProfile);
  const spelt = {
    ...{ X_MS_CLIENT_PRINCIPAL_ID: oid, X_MS_TOKEN_AAD_ACCESS_TOKEN: 'x', X_Forwarded_User: oid },
    ...{ X_Forwarded_Host: 'evil.example', X_Forwarded_Proto: 'https', X_Forwarded_Uri: '/' },
  };
  expect(await opened(spelt)).toEqual(closedToAll);
  const login = await sendExactly(app.origin, { path: '/login', headers: spelt });
  const asked = new URL(login.header('location') ?? '').searchParams;
  expect(asked.get('redirect_uri')).toBe(`${app.origin}/callback`);
  const call = await reached(['/graph/me'], { ...spelt, Client_Request_Id: 'x' });
  const passed = Object.keys(call.asked[0]?.headers ?? {});
  expect(passed.length).toBeGreaterThan(0);
  expect(passed.filter((name) => name.includes('_'))).toEqual([]);
});

// `attacker@evil.example@company.example` counted as an address of company.example.
it('GHSA-c5c4-8r6x-56w3: an address with two @ makes nobody somebody else, and lets nobody in', async () => {
  for (const mail of [
    ...['eve@evil.example@evergreen.example', `${users[0]?.username}@evil.example`],
    ...['"eve@evil.example"@evergreen.example', '@evergreen.example'],
  ]) {
    const named = { email: mail, preferred_username: mail, upn: mail, email_verified: true };
    world.identityProvider.faults.idToken = { claims: (good) => ({ ...good, ...named }) };
    expect(await (await signedInPerson(world, nextUser())).me(), mail).toEqual(ownProfile);
    const elsewhere = { ...named, tid: otherTenant };
    world.identityProvider.faults.idToken = { claims: (good) => ({ ...good, ...elsewhere }) };
    const { browser, callback } = await startedSignIn(world, nextUser());
    const outcome = await outcomeOf(world, () => browser.request(callback));
    expect(outcome, mail).toMatchObject({ status: 403, opensSession: false });
  }
});

it('GHSA-qqxw-m5fj-f7gv: a backslash in place of the second slash begins no sign-in', async () => {
  const starts = ['/\\', '\\/', '\\\\', '//', '/\\/', '/\\\\', '\\/\\'];
  expect(await beginningWith(world, leadingTo(starts))).toEqual([]);
});

it('GHSA-j7px-6hwj-hpjg: white space that browsers drop between the slashes begins no sign-in', async () => {
  const spaces = ['\t', '\n', '\r', '\r\n', '\t\t', '\v', '\f', '\0'];
  const between = spaces.flatMap((space) => [`/${space}/`, `/${space}\\`]);
  const encoded = spaces.map((space) => `/${encodeURIComponent(space)}/`);
  expect(await beginningWith(world, leadingTo([...between, ...encoded]))).toEqual([]);
});

// The two before were mended by patterns, which these passed.
it('GHSA-5m6c-jp6f-2vcv: slashes with dots, blanks and backslashes mixed in begin no sign-in', async () => {
  const dots = ['/./\\', '/../\\', '/.//', '/..//', '/./.././\\', '/a/..//'];
  const mixed = ['/ \\', '/\v\\', '/\t/\t', '/\\\t', '/\n\\\n/', '/%5c', '/%2f', '/%09/'];
  expect(await beginningWith(world, leadingTo([...dots, ...mixed]))).toEqual([]);
});

// `.example.com` was to be allowed, and `evilexample.com` ended in the same way.
it('GHSA-4mf2-f3wh-gvf2: an origin that begins or ends like ours is not ours', async () => {
  const { host, port, protocol } = new URL(app.origin);
  const alike = [
    ...[`evil${host}`, `${host}.evil.example`, `localhost.evil.example:${port}`, `x.${host}`],
    ...[`${host}@evil.example`, `localhost:${port}0`, 'localhost', `evil.example:${port}`],
  ].map((other) => `${protocol}//${other}`);
  const relative = alike.map((origin) => origin.slice(protocol.length));
  const deeper = alike.map((url) => `${url}/inbox`);
  expect(await beginningWith(world, [...alike, ...relative, ...deeper])).toEqual([]);
  const cookie = `session=${person.browser.cookies.get('session')}`;
  for (const origin of [...alike, `${app.origin}/`, app.origin.toUpperCase()]) {
    const headers = { origin, cookie, 'x-csrf': '1' };
    const { status } = await sendExactly(app.origin, { method: 'POST', path: '/logout', headers });
    expect(status, origin).toBe(403);
  }
  const { username } = nextUser();
  const end = await signIn(createBrowserClient(), app.origin, username, '?returnTo=/health/live');
  expect(end.url).toBe(`${app.origin}/health/live`);
});
