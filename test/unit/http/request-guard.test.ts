import { describe, expect, it } from 'vitest';
import { cookieNames, readCookies } from '../../../src/lib/http/cookies.ts';
import { assertNoPrefetch, assertOwnSite } from '../../../src/lib/http/request-guard.ts';
import { appErrorOf } from '../../support/thrown.ts';

const ours = 'https://app.example.com';
const names = cookieNames(ours);
const site = { origin: ours, cookies: names.all };

function request(method: string, headers: Record<string, string>) {
  const cookies = readCookies(headers['cookie'] ?? null);
  return {
    method,
    header: (name: string) => headers[name],
    cookie: (name: string) => cookies[name],
  };
}

const cookie = `${names.session}=x`;
const marked = { cookie, 'x-csrf': '1' };

describe('a request from our own site', () => {
  it.each([
    ['GET', {}],
    ['GET', { cookie }],
    ['GET', { cookie, 'sec-fetch-site': 'same-origin' }],
    ['GET', { cookie, 'sec-fetch-site': 'none' }],
    ['GET', { cookie, 'sec-fetch-site': 'same-site' }],
    ['HEAD', { cookie }],
    ['POST', {}],
    ['POST', { authorization: 'Bearer x' }],
    ['POST', { ...marked, 'sec-fetch-site': 'same-origin' }],
    ['POST', { ...marked, 'sec-fetch-site': 'same-origin', origin: ours }],
    ['POST', { ...marked, origin: ours }],
    ['DELETE', { ...marked, origin: ours }],
  ])('%s %j passes', (method, headers) => {
    assertOwnSite(request(method, headers), 'api', site);
  });
});

describe('a request from elsewhere', () => {
  it.each([
    ['GET', { 'sec-fetch-site': 'cross-site' }],
    ['GET', { cookie, 'sec-fetch-site': 'cross-site' }],
    ['POST', { ...marked, 'sec-fetch-site': 'cross-site', origin: ours }],
    ['POST', { cookie }],
    ['POST', marked],
    ['POST', { ...marked, 'sec-fetch-site': 'none' }],
    ['POST', { ...marked, 'sec-fetch-site': 'same-site' }],
    ['POST', { ...marked, 'sec-fetch-site': 'same-site', origin: ours }],
    ['POST', { ...marked, origin: 'https://evil.example' }],
    ['POST', { ...marked, origin: 'null' }],
    ['POST', { ...marked, origin: `${ours}.evil.example` }],
    ['POST', { ...marked, origin: 'http://app.example.com' }],
    ['POST', { ...marked, 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
    ['POST', { cookie, origin: ours }],
    ['POST', { cookie, 'sec-fetch-site': 'same-origin' }],
    ['POST', { cookie, 'x-csrf': '0', origin: ours }],
    ['DELETE', { cookie, origin: ours }],
    ['PATCH', { cookie, origin: ours }],
    ['PUT', { cookie, origin: ours }],
  ])('%s %j is refused', async (method, headers) => {
    const error = await appErrorOf(() => assertOwnSite(request(method, headers), 'api', site));
    expect(error.code).toBe('csrf_rejected');
  });

  it('may come to a page', () => {
    assertOwnSite(request('GET', { cookie, 'sec-fetch-site': 'cross-site' }), 'page', site);
  });

  it('may not change anything by a page either', async () => {
    const post = request('POST', { ...marked, 'sec-fetch-site': 'cross-site' });
    const error = await appErrorOf(() => assertOwnSite(post, 'page', site));
    expect(error.code).toBe('csrf_rejected');
  });

  it('is refused when our own origin is not known', async () => {
    const error = await appErrorOf(() => assertOwnSite(request('POST', marked), 'api', undefined));
    expect(error.code).toBe('csrf_rejected');
  });
});

describe('a request with a bearer token', () => {
  const bearer = { authorization: 'Bearer x' };
  const foreign = [
    {},
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none', origin: ours },
    { origin: 'https://evil.example' },
  ];

  it.each(['theme=dark', 'ARRAffinity=x; theme=dark', 'session=x', '__Host-session2=x', 'x', ''])(
    'is no form of a browser’s, whatever cookies of others it carries: %j',
    (others) => {
      for (const more of foreign) {
        assertOwnSite(request('POST', { ...bearer, ...more, cookie: others }), 'api', site);
      }
    },
  );

  it.each(names.all)(
    'counts as the browser’s if it carries our cookie %s as well',
    async (name) => {
      for (const value of ['x', '', '""']) {
        for (const among of [`${name}=${value}`, `theme=dark; ${name}=${value}; session=x`]) {
          const post = (more: Record<string, string>) => () =>
            assertOwnSite(request('POST', { ...bearer, ...more, cookie: among }), 'api', site);
          for (const more of foreign) {
            expect((await appErrorOf(post(more))).code).toBe('csrf_rejected');
          }
          post({ 'x-csrf': '1', origin: ours })();
        }
      }
    },
  );

  it('is still refused as a page’s fetch from another site', async () => {
    const post = request('POST', { ...bearer, 'sec-fetch-site': 'cross-site' });
    expect((await appErrorOf(() => assertOwnSite(post, 'api', site))).code).toBe('csrf_rejected');
  });
});

describe('a request ahead of a click', () => {
  it.each([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
  ])('%j is refused', async (headers) => {
    const error = await appErrorOf(() => assertNoPrefetch(request('GET', headers)));
    expect(error.code).toBe('invalid_request');
  });

  it('is told from others', () => {
    assertNoPrefetch(request('GET', {}));
  });
});
