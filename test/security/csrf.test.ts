import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { bundlePaths, everyMethod } from '../support/bundle-routes.ts';
import { createDevice } from '../support/devices.ts';
import { sendExactly } from '../support/exact-request.ts';
import { evil, fetched, foreignRequests, marked } from '../support/foreign-requests.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader, storedRows } from '../support/world-state.ts';

const users = [...generateUsers(12)];
const mail = JSON.stringify({
  message: { subject: 'Hello', toRecipients: [{ emailAddress: { address: 'eve@evil.example' } }] },
});

let world: World;
/** Of somebody who is signed in, in two browsers. */
let cookie: string;
/** The name of their other session. */
let other: string;

beforeAll(async () => {
  world = await startWorld({ users });
  const environment = {
    ...{ GRAPH_SCOPES: 'User.Read Mail.Read Mail.Send', ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
    GRAPH_SIGNIN_SCOPES: 'User.Read Mail.Send',
  };
  await world.startApp({ queues: false, environment });
  const user = users.pop();
  [cookie = ''] = await Promise.all([signedIn(user?.username), signedIn(user?.username)]);
  const { body } = await ask('GET', '/sessions', { cookie });
  const { sessions } = JSON.parse(body) as { sessions: { id: string; current: boolean }[] };
  other = sessions.find(({ current }) => !current)?.id ?? '';
});

afterAll(() => world.close());

/** @returns the Cookie header of a browser in which somebody has signed in. */
async function signedIn(username = ''): Promise<string> {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, username, '?returnTo=/health/live');
  return cookieHeader(browser);
}

function ask(method: string, path: string, headers: Record<string, string>, body?: string) {
  // Without a length Node.js sends no body with DELETE.
  const length = body && { 'content-length': String(Buffer.byteLength(body)) };
  return sendExactly(world.origin, {
    ...{ method, path, headers: { ...headers, ...length } },
    ...(body && { body }),
  });
}

/** All that an unsafe request could have changed. */
async function state(): Promise<unknown> {
  const { body } = await ask('GET', '/sessions', { cookie });
  const calls = world.graph.calls.filter(({ method }) => method !== 'GET').length;
  return { rows: await storedRows(world), sessions: JSON.parse(body).sessions?.length, calls };
}

const targets: [string, () => string, string?][] = [
  ['POST /logout', () => '/logout'],
  ['POST /logout?everywhere=true', () => '/logout?everywhere=true'],
  ['DELETE /sessions/{id}', () => `/sessions/${other}`],
  ['DELETE /me/data', () => '/me/data'],
  ['POST /graph/me/sendMail', () => '/graph/me/sendMail', mail],
];

describe('CSRF', () => {
  it.each(targets)(
    '%s does nothing for whatever another site can send',
    async (target, path, json) => {
      const [method = ''] = target.split(' ');
      const before = await state();
      for (const [name, given] of foreignRequests(world.origin)) {
        const type = given['content-type'] ?? 'application/json';
        const body = type.includes('form') ? 'x-csrf=1&_csrf=1&everywhere=true' : json;
        const headers = { 'content-type': type, ...given, cookie };
        const answer = await ask(method, path(), headers, body);
        expect([name, answer.status]).toEqual([name, 403]);
        expect([name, JSON.parse(answer.body).code]).toEqual([name, 'csrf_rejected']);
        expect(answer.cookies).toEqual([]);
      }
      const named = `${path()}${path().includes('?') ? '&' : '?'}x-csrf=1&X-CSRF=1`;
      const inQuery = await ask(method, named, { cookie, origin: world.origin });
      expect(inQuery.status).toBe(403);
      expect(await state()).toEqual(before);
    },
  );

  it('a page of ours may do all of that', async () => {
    const own = { ...marked, origin: world.origin, ...fetched('same-origin') };
    const headers = { ...own, cookie, 'content-type': 'application/json' };
    expect((await ask('POST', '/graph/me/sendMail', headers, mail)).status).toBe(202);
    expect((await ask('DELETE', `/sessions/${other}`, headers)).status).toBe(204);
    const again = { ...marked, origin: world.origin };
    const leaving = await signedIn(users.pop()?.username);
    expect((await ask('POST', '/logout', { ...again, cookie: leaving })).status).toBe(200);
    const forgotten = await signedIn(users.pop()?.username);
    const metadata = { ...marked, 'sec-fetch-site': 'same-origin', cookie: forgotten };
    expect((await ask('DELETE', '/me/data', metadata)).status).toBe(204);
  });
});

describe('CORS preflight', () => {
  const corsHeadersOf = (names: readonly string[]) =>
    names.filter((name) => name.startsWith('access-control-'));

  it.each([evil, 'null', 'http://localhost:1'])('no route lets %s in', async (origin) => {
    for (const path of bundlePaths()) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const { status, headerNames } = await ask('OPTIONS', path, {
          ...{ origin, cookie, 'access-control-request-method': method },
          'access-control-request-headers': 'x-csrf, authorization, content-type',
          'access-control-request-private-network': 'true',
        });
        expect([path, status, corsHeadersOf(headerNames)]).toEqual([
          path,
          expect.toBeOneOf([403, 404, 405]),
          [],
        ]);
      }
      for (const method of everyMethod) {
        const { headerNames } = await ask(method, path, { origin, cookie });
        expect([method, path, corsHeadersOf(headerNames)]).toEqual([method, path, []]);
      }
    }
  });
});

describe('GET on unsafe routes', () => {
  const routes: [string, string][] = [
    ['/logout', 'POST'],
    ['/logout?everywhere=true', 'POST'],
    ['/me/data', 'DELETE'],
    ['/sessions/someone', 'DELETE'],
    ['/graph/me/sendMail', 'POST'],
    ['/device', 'POST'],
    ['/users/someone/token', 'POST'],
  ];

  it.each(routes)('%s is 405, and changes nothing', async (path, allow) => {
    const before = await state();
    const own = { ...marked, origin: world.origin, cookie };
    for (const headers of [
      { cookie },
      own,
      { ...own, 'x-http-method-override': allow, 'x-method-override': allow },
      {
        cookie,
        'sec-fetch-site': 'none',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    ]) {
      for (const at of [path, `${path}${path.includes('?') ? '&' : '?'}_method=${allow}`]) {
        const answer = await ask('GET', at, headers);
        expect([answer.status, answer.header('allow')]).toEqual([405, allow]);
        expect(answer.cookies).toEqual([]);
      }
    }
    expect((await ask('GET', `/sessions/${other}`, { cookie })).status).toBe(405);
    expect(await state()).toEqual(before);
  });
});

describe('fetch metadata', () => {
  const kinds: [string, Record<string, string>][] = [
    ['fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['fetch without CORS', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' }],
    ['image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['script', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }],
    ['frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['object', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }],
    ['nothing that it tells', {}],
  ];
  const apis = ['/me', '/session', '/sessions', '/graph/me', '/graph/me/messages'];

  it.each(kinds)('another site’s %s gets nothing of an API', async (_, kind) => {
    const calls = world.graph.calls.length;
    for (const path of apis) {
      const answer = await ask('GET', path, { cookie, 'sec-fetch-site': 'cross-site', ...kind });
      expect([path, answer.status]).toEqual([path, 403]);
      expect(JSON.parse(answer.body).code).toBe('csrf_rejected');
    }
    expect(world.graph.calls).toHaveLength(calls);
  });

  it.each(['same-origin', 'same-site', 'cross-site'])(
    'a page’s request, %s, gets no device sign-in',
    async (site) => {
      const started = await createDevice(world.origin).start();
      for (const headers of [
        { 'sec-fetch-site': site },
        { origin: evil },
        { origin: world.origin },
      ]) {
        expect((await ask('POST', '/device', headers as Record<string, string>)).status).toBe(403);
        const poll = await ask(
          'GET',
          `/device/${started.handle}`,
          headers as Record<string, string>,
        );
        expect(poll.status).toBe(403);
      }
    },
  );

  it('a link of another site leads to a page or an API, and is harmless', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    for (const path of ['/', '/me', '/session']) {
      expect((await ask('GET', path, { cookie, ...link })).status).toBe(200);
    }
    for (const path of ['/me', '/']) {
      const { header } = await ask('GET', path, { cookie, ...link });
      expect(header('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(header('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});
