import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { type BrowserClient, createBrowserClient, signIn } from '../support/browser-client.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;
let alice: BrowserClient;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp();
  alice = createBrowserClient();
  await signIn(alice, app.origin, 'alice@evergreen.example');
});

afterAll(() => world.close());

describe('every answer', () => {
  it.each([
    '/',
    '/status',
    '/me',
    '/session',
    '/login',
    '/callback',
    '/health/live',
    '/nothing',
    '/logout',
  ])('of %s is not stored, sniffed or framed, and has a request id', async (path) => {
    const { headers } = await alice.request(`${app.origin}${path}`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('what the pages load', () => {
  it('is there under its type, for GET and HEAD', async () => {
    for (const path of ['/', '/status']) {
      const page = await (await fetch(`${app.origin}${path}`)).text();
      const loaded = [...page.matchAll(/(?:href|src)="(\/[\w-]+\.(?:js|css|svg))"/g)];
      expect(new Set(loaded.map(([, file]) => file)).size).toBe(3);
      for (const [, file] of loaded) {
        const { status, headers } = await fetch(`${app.origin}${file}`);
        expect(status).toBe(200);
        expect(headers.get('cache-control')).toBe('no-store');
        expect(headers.get('content-type')).toMatch(/^(text|image)\//);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.getSetCookie()).toEqual([]);
        const posted = await fetch(`${app.origin}${file}`, { method: 'POST' });
        expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      }
    }
  });
});

describe('methods', () => {
  it.each([
    ['POST', '/login', 'GET'],
    ['HEAD', '/login', 'GET'],
    ['PUT', '/callback', 'GET'],
    ['HEAD', '/callback', 'GET'],
    ['DELETE', '/me', 'GET'],
    ['OPTIONS', '/me', 'GET'],
    ['GET', '/logout', 'POST'],
    ['PATCH', '/health/live', 'GET, HEAD'],
  ])('%s %s is 405 and names what is allowed', async (method, path, allow) => {
    const response = await alice.request(`${app.origin}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
  });

  it('leave the session alone when GET goes to /logout', async () => {
    await alice.request(`${app.origin}/logout`);
    expect((await alice.request(`${app.origin}/me`)).status).toBe(200);
  });
});

describe('sign-out from elsewhere', () => {
  const own = { 'x-csrf': '1' };
  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['no origin', own],
    ['another origin', { ...own, origin: 'https://evil.example' }],
    ['a null origin', { ...own, origin: 'null' }],
    ['a cross-site fetch', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch', { ...own, 'sec-fetch-site': 'same-site' }],
    [
      'same-origin metadata with another origin',
      { ...own, origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ],
    ['no header', { 'sec-fetch-site': 'same-origin' }],
    ['the header with an underscore', { x_csrf: '1', 'sec-fetch-site': 'same-origin' }],
  ])('is refused with %s', async (_, headers) => {
    const response = await alice.request(`${app.origin}/logout`, { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'csrf_rejected' });
    expect((await alice.request(`${app.origin}/me`)).status).toBe(200);
  });
});

describe('requests of other kinds', () => {
  it('a cross-site fetch of an API route is refused', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await alice.request(`${app.origin}/me`, { headers })).status).toBe(403);
  });

  it('without a session is 401 with a loginUrl, never a redirect', async () => {
    const response = await fetch(`${app.origin}/me`, { redirect: 'manual' });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({
      status: 401,
      code: 'unauthenticated',
      loginUrl: `${app.origin}/login`,
    });
  });

  it.each(['GET', 'POST', 'DELETE'])('%s of an unknown path is our own 404', async (method) => {
    const response = await fetch(`${app.origin}/no/such/thing`, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });

  it('POST of the page is 405', async () => {
    const response = await fetch(`${app.origin}/`, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each(['state=a&state=b', 'code=a&code=b&state=x', 'error=a&error=b&state=x'])(
    'a callback with %s is 400',
    async (query) => {
      expect((await alice.request(`${app.origin}/callback?${query}`)).status).toBe(400);
    },
  );

  it('an identity provider’s error text is never shown', async () => {
    const query =
      'error=x&state=y&error_description=%3Cscript%3Ealert(1)%3C/script%3E%0d%0aSet-Cookie:x=1';
    const response = await alice.request(`${app.origin}/callback?${query}`, {
      headers: { accept: 'text/html' },
    });
    expect(response.status).toBe(400);
    const body = await response.text();
    expect(body).not.toContain('alert(1)');
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('a prefetch starts and finishes no sign-in', async () => {
    const headers = { 'sec-purpose': 'prefetch' };
    for (const path of ['/login', '/callback?state=x&code=y']) {
      const response = await alice.request(`${app.origin}${path}`, { headers });
      expect(response.status).toBe(400);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
  });

  it('headers of proxies change no address that we give out', async () => {
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-original-url': '/evil',
    };
    const response = await fetch(`${app.origin}/login`, { headers, redirect: 'manual' });
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.searchParams.get('redirect_uri')).toBe(`${app.origin}/callback`);
  });

  it('headers that only App Service may set sign nobody in', async () => {
    const principal = Buffer.from(JSON.stringify({ userId: 'alice' })).toString('base64');
    const headers = { 'x-ms-client-principal': principal, 'x-ms-client-principal-id': 'alice' };
    expect((await fetch(`${app.origin}/me`, { headers })).status).toBe(401);
  });
});

it('on https the cookies are for this host alone, and never go out in the clear', async () => {
  const secure = await world.startApp({
    queues: false,
    environment: { PUBLIC_BASE_URL: 'https://app.example' },
  });
  const response = await fetch(`${secure.origin}/login`, { redirect: 'manual' });
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-sign-in-\d=/);
  const attributes = cookie.toLowerCase().split('; ').slice(1);
  expect(attributes).toEqual(
    expect.arrayContaining(['secure', 'httponly', 'path=/', 'samesite=lax']),
  );
  expect(cookie.toLowerCase()).not.toContain('domain');
  expect(response.headers.get('strict-transport-security')).toContain('max-age=');
});
