import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import { openSignIn } from '../../src/lib/http/sign-in-cookie.ts';
import type { App } from '../support/app.ts';
import { outcomeOf, refused, startedSignIn } from '../support/attempted-sign-in.ts';
import { inBatches } from '../support/batches.ts';
import { type ExactAnswer, sendExactly } from '../support/exact-request.ts';
import { sealerOf } from '../support/opened-rows.ts';
import { signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { codeRedemptions, cookieHeader, storedRows } from '../support/world-state.ts';

const atOnce = 20;
const users = [...generateUsers(60)];

let world: World;
let app: App;

beforeAll(async () => {
  world = await startWorld({ users });
  app = await world.startApp({
    queues: false,
    environment: { GRAPH_SIGNIN_SCOPES: 'User.Read Mail.Read' },
  });
  // Makes the data key, which is the first row.
  await fetch(`${world.origin}/login`, { redirect: 'manual' });
});

afterAll(() => world.close());

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

describe('host header spoofing', () => {
  const evil = 'evil.example';
  const spoofed: Record<string, string>[] = [
    { host: evil },
    { host: `${evil}:443` },
    { host: `localhost.${evil}:80` },
    { 'x-forwarded-host': evil, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' },
    { 'x-forwarded-uri': `https://${evil}/`, 'x-forwarded-prefix': `//${evil}` },
    { 'x-original-host': evil, 'x-host': evil, 'x-forwarded-server': evil },
    { forwarded: `for=127.0.0.1;host=${evil};proto=https` },
    { 'x-original-url': `https://${evil}/health/live`, 'x-rewrite-url': '/health/live' },
    { x_forwarded_host: evil, x_forwarded_proto: 'https', x_original_url: `//${evil}/` },
    { 'disguised-host': evil, 'x-arr-ssl': 'true', 'x-waws-unencoded-url': `//${evil}/` },
    { origin: `https://${evil}`, referer: `https://${evil}/` },
  ];
  const nameOf = ([name, value]: string[]) => (name === 'host' ? `host ${value}` : name);
  const named = spoofed.map(
    (headers) => [Object.entries(headers).map(nameOf).join(', '), headers] as const,
  );

  /** Whatever addresses an answer holds, without what is new in each. */
  function addressesIn({ status, header, body }: ExactAnswer): string {
    const location = new URL(header('location') ?? '/', 'http://none.example');
    const fresh = ['state', 'nonce', 'code_challenge', 'client-request-id'];
    for (const name of fresh) location.searchParams.delete(name);
    return [status, location.href, body.replaceAll(/"requestId":"[^"]+"/g, '')].join(' ');
  }

  it.each(named)('%s changes no address that is given out', async (_, headers) => {
    const { browser } = await signedInPerson(world, nextUser());
    const cookie = cookieHeader(browser);
    for (const path of [
      ...['/', '/login', '/login?returnTo=/inbox', '/me', '/no/such/thing'],
      ...['/session', '/graph/me/messages?$top=1', '/callback?state=x&error=access_denied'],
    ]) {
      for (const more of [{}, { cookie }]) {
        const plain = await sendExactly(app.origin, { path, headers: more });
        const answer = await sendExactly(app.origin, { path, headers: { ...more, ...headers } });
        expect(addressesIn(answer).includes(evil), path).toBe(false);
        expect(addressesIn(answer) === addressesIn(plain), path).toBe(true);
      }
    }
  });

  it.each(named)('%s changes nothing about a sign-in and a sign-out', async (_, headers) => {
    const { browser, callback } = await startedSignIn(world, nextUser(), '?returnTo=/inbox');
    const path = callback.slice(world.origin.length);
    const cookie = cookieHeader(browser);
    const signedIn = await sendExactly(app.origin, { path, headers: { ...headers, cookie } });
    expect([signedIn.status, signedIn.header('location')]).toEqual([302, '/inbox']);
    const [session = ''] = signedIn.cookies.map((line) => line.split(';')[0] ?? '');
    const asked = { ...headers, 'x-csrf': '1', cookie: session };
    const from = { path: '/logout', method: 'POST' };
    const foreign = { ...asked, origin: 'https://evil.example' };
    expect((await sendExactly(app.origin, { ...from, headers: foreign })).status).toBe(403);
    const own = { ...asked, origin: world.origin };
    const { status, body } = await sendExactly(app.origin, { ...from, headers: own });
    expect(status).toBe(200);
    const { searchParams } = new URL(JSON.parse(body).logoutUrl);
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`${world.origin}/`);
  });

  it('an address in the request line is not ours either', async () => {
    const answer = await sendExactly(app.origin, { path: 'https://evil.example/login' });
    const { searchParams } = new URL(answer.header('location') ?? '');
    expect(searchParams.get('redirect_uri')).toBe(`${world.origin}/callback`);
  });

  it('no header of a front end signs anybody in', async () => {
    const { username, oid } = nextUser();
    const principal = Buffer.from(JSON.stringify({ userId: oid, auth_typ: 'aad' }));
    const headers = {
      'x-ms-client-principal': principal.toString('base64'),
      ...{ 'x-ms-client-principal-id': oid, 'x-ms-client-principal-name': username },
      ...{ 'x-ms-client-principal-idp': 'aad', 'x-ms-token-aad-access-token': 'a.b.c' },
      ...{ 'x-forwarded-user': username, 'x-forwarded-email': username, 'remote-user': username },
      ...{ 'x-forwarded-access-token': 'a.b.c', 'x-original-url': '/health/live' },
    };
    for (const path of ['/me', '/session', '/sessions', '/graph/me/messages']) {
      expect((await sendExactly(app.origin, { path, headers })).status, path).toBe(401);
    }
  });
});

describe('code or state in logs or Referer', () => {
  it('neither these nor anything else of a sign-in is in a log, a header or a body', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const cookie = cookieHeader(browser);
    const [found] = [...browser.cookies].filter(([name]) => name.startsWith('sign-in-'));
    const transaction = await openSignIn(sealerOf(world), found?.[1]);
    const query = new URL(callback).searchParams;
    const path = callback.slice(world.origin.length);
    const ask = (at: string, accept: string) =>
      sendExactly(app.origin, { path: at, headers: { cookie, accept } });
    const answers: ExactAnswer[] = [
      await ask(`${path}&state=twice`, 'text/html'),
      await ask(`${path}&iss=https://evil.example`, 'text/html'),
      await ask(path.replace('code=', 'code=x'), 'application/json'),
      await ask(path, 'text/html'),
      await ask(path, 'application/json'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    const good = await startedSignIn(world, nextUser());
    const goodQuery = new URL(good.callback).searchParams;
    const [slot] = [...good.browser.cookies].filter(([name]) => name.startsWith('sign-in-'));
    const goodTransaction = await openSignIn(sealerOf(world), slot?.[1]);
    const done = await sendExactly(app.origin, {
      path: good.callback.slice(world.origin.length),
      headers: { cookie: cookieHeader(good.browser), accept: 'text/html' },
    });
    expect(done.status).toBeOneOf([302, 303]);
    for (const { header } of [...answers, done]) {
      expect(header('referrer-policy')).toBe('no-referrer');
      expect(header('cache-control')).toBe('no-store');
    }
    const secrets = [
      ...['code', 'state'].flatMap((name) => [query.get(name), goodQuery.get(name)]),
      ...[transaction, goodTransaction].flatMap((of) => [of?.nonce, of?.codeVerifier]),
      ...[found?.[1], slot?.[1], done.cookies[0]?.split(/[=;]/)[1]],
    ];
    const shown = [...answers, done].map(({ header, headerNames, body }) => {
      const names = headerNames.filter((name) => name !== 'set-cookie');
      return [...names.map(header), body].join('\n');
    });
    const places = [app.log.join('\n'), ...shown];
    expect(app.log.some((line) => line.includes('"route":"callback"'))).toBe(true);
    for (const secret of secrets) {
      expect(secret?.length).toBeGreaterThan(20);
      expect(places.findIndex((text) => text.includes(secret ?? ''))).toBe(-1);
    }
  });
});

describe('row flooding by unauthenticated sign-ins', () => {
  it('500 sign-ins that begin, and 200 callbacks of none, leave no row', async () => {
    const [rows, redemptions] = [await storedRows(world), codeRedemptions(world).length];
    const heartbeats = (await storedRows(world, 'heartbeats')).length;
    const started = await inBatches(Array<null>(500).fill(null), atOnce, async () => {
      const answer = await sendExactly(app.origin, { path: '/login' });
      return { status: answer.status, cookie: answer.cookies[0]?.split(';')[0] ?? '' };
    });
    expect(started.filter(({ status }) => status !== 302)).toHaveLength(0);
    const ends = await inBatches(started.slice(0, 200), atOnce, ({ cookie }, index) => {
      // Half of them with the cookie of another sign-in, in each of its places.
      const value = cookie.slice(cookie.indexOf('=') + 1);
      const all = [0, 1, 2, 3].map((slot) => `sign-in-${slot}=${value}`).join('; ');
      const state = Buffer.from(`made up ${index}`.padEnd(32)).toString('base64url');
      const path = `/callback?state=${state}&code=${'x'.repeat(43)}`;
      return sendExactly(app.origin, { path, headers: index % 2 ? { cookie: all } : {} });
    });
    expect(ends.filter(({ status, cookies }) => status !== 400 || cookies[0])).toHaveLength(0);
    expect(await storedRows(world)).toEqual(rows);
    expect((await storedRows(world, 'heartbeats')).length - heartbeats).toBeLessThanOrEqual(1);
    expect(codeRedemptions(world)).toHaveLength(redemptions);
  });
});

describe('prefetch', () => {
  const early: [string, RequestInit][] = [
    ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
    ['a prerender', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['a prefetch of older browsers', { headers: { purpose: 'prefetch' } }],
    ['a HEAD', { method: 'HEAD' }],
  ];

  it.each(early)('%s begins and completes no sign-in', async (_, init) => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const status = init.method ? 405 : 400;
    for (const url of [callback, `${app.origin}/login`, `${app.origin}/login?returnTo=/inbox`]) {
      const response = await browser.request(url, init);
      expect([response.status, response.headers.get('location')]).toEqual([status, null]);
      expect(response.headers.getSetCookie()).toEqual([]);
      const attempt = () => browser.request(url, init);
      expect(await outcomeOf(world, attempt)).toEqual({ ...refused, status });
    }
    expect((await browser.request(callback)).status).toBe(302);
  });
});
