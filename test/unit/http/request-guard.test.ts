import { describe, expect, it } from 'vitest';
import { assertNoPrefetch, assertOwnSite } from '../../../src/lib/http/request-guard.ts';
import { appErrorOf } from '../../support/thrown.ts';

const ours = 'https://app.example.com';

function request(method: string, headers: Record<string, string>) {
  return { method, header: (name: string) => headers[name] };
}

const cookie = 'session=x';
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
    assertOwnSite(request(method, headers), 'api', ours);
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
    const error = await appErrorOf(() => assertOwnSite(request(method, headers), 'api', ours));
    expect(error.code).toBe('csrf_rejected');
  });

  it('may come to a page', () => {
    assertOwnSite(request('GET', { cookie, 'sec-fetch-site': 'cross-site' }), 'page', ours);
  });

  it('may not change anything by a page either', async () => {
    const post = request('POST', { ...marked, 'sec-fetch-site': 'cross-site' });
    const error = await appErrorOf(() => assertOwnSite(post, 'page', ours));
    expect(error.code).toBe('csrf_rejected');
  });

  it('is refused when our own origin is not known', async () => {
    const error = await appErrorOf(() => assertOwnSite(request('POST', marked), 'api', undefined));
    expect(error.code).toBe('csrf_rejected');
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
