import { describe, expect, it } from 'vitest';
import { assertOwnSite } from '../../../src/lib/http/request-guard.ts';
import { appErrorOf } from '../../support/thrown.ts';

const ours = 'https://app.example.com';

function ask(method: string, headers: Record<string, string>, origin: string | undefined) {
  const header = (name: string) => headers[name];
  const site = origin === undefined ? undefined : { origin, cookies: ['session'] };
  assertOwnSite({ method, header, cookie: () => headers['cookie'] }, 'program', site);
}

describe.each(['GET', 'POST'])('a %s that is for programs alone', (method) => {
  it.each([
    {},
    { 'sec-fetch-site': 'none' },
    { authorization: 'Bearer x' },
    { cookie: 'session=x' },
    { 'user-agent': 'Mozilla/5.0' },
  ])('passes with %j', (headers) => {
    ask(method, headers, ours);
    ask(method, headers, undefined);
  });

  it.each([
    { origin: ours },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: ours, 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'None' },
    { 'sec-fetch-site': 'same-origin', cookie: 'session=x', 'x-csrf': '1' },
    { origin: ours, 'sec-fetch-site': 'same-origin', cookie: 'session=x', 'x-csrf': '1' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ])('is refused with %j', async (headers) => {
    const error = await appErrorOf(() => ask(method, headers, ours));
    expect(error.code).toBe('csrf_rejected');
    expect(error.public.detail).toContain('programs');
  });
});
