import { describe, expect, it } from 'vitest';
import { cookieNames, readCookies } from '../../../src/lib/http/cookies.ts';

describe('cookie names', () => {
  it('have the __Host- prefix on https', () => {
    const names = cookieNames('https://app.example.com');
    expect(names.secure).toBe(true);
    expect(names.session).toBe('__Host-session');
    expect(names.signIn('abc')).toMatch(/^__Host-sign-in-[0-3]$/);
  });

  it('have none on loopback http', () => {
    const names = cookieNames('http://localhost:7071');
    expect(names.secure).toBe(false);
    expect(names.session).toBe('session');
    expect(names.signIn('abc')).toMatch(/^sign-in-[0-3]$/);
  });

  it('of sign-ins follow their state, into few slots', () => {
    const { signIn } = cookieNames('https://app.example.com');
    expect(signIn('state')).toBe(signIn('state'));
    const slots = new Set([...'abcdefghijklmnopqrstuvwxyz0123456789-_'].map(signIn));
    expect(slots.size).toBe(4);
  });

  it('hold for a state of any text', () => {
    const { signIn } = cookieNames('https://app.example.com');
    for (const state of ['', '; Path=/x', '\u{1F600}']) {
      expect(signIn(state)).toMatch(/^__Host-sign-in-[0-3]$/);
    }
  });
});

describe('the cookies of a request', () => {
  it.each([
    [null, {}],
    ['', {}],
    ['a=1; b=2', { a: '1', b: '2' }],
    ['a=1; a=2', { a: '1' }],
    ['a="quoted"', { a: expect.any(String) }],
    ['a=%20', { a: ' ' }],
    ['a=%zz', { a: '%zz' }],
    ['; ;a', {}],
  ])('%j', (header, cookies) => {
    expect({ ...readCookies(header) }).toEqual(cookies);
  });

  it('can’t be properties of every object', () => {
    expect(readCookies('a=1')['constructor']).toBeUndefined();
  });
});
