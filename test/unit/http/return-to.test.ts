import { describe, expect, it } from 'vitest';
import { parseReturnTo } from '../../../src/lib/http/return-to.ts';
import { appErrorOf } from '../../support/thrown.ts';

describe('returnTo', () => {
  it('is the start page if absent', () => {
    expect(parseReturnTo(undefined)).toBe('/');
  });

  it.each([
    '/',
    '/inbox',
    '/inbox?page=2',
    '/inbox?page=2#top',
    '/a/b/c.html',
    '/?next=//evil.example',
    '/?next=https%3A%2F%2Fevil.example%2F',
    '/search?q=a%2Fb%5Cc',
    '/#//evil.example',
    '/caf%C3%A9',
    '/100%25',
    '/@me',
    '/a:b',
    '/a//b',
    '/*',
  ])('%s goes through unchanged', (value) => {
    expect(parseReturnTo(value)).toBe(value);
  });

  it.each([
    ['/a/../b', '/b'],
    ['/./a', '/a'],
    ['/ünï', '/%C3%BCn%C3%AF'],
  ])('%s is what a browser makes of it', (value, path) => {
    expect(parseReturnTo(value)).toBe(path);
  });

  it.each([
    'https://evil.example',
    'https:evil.example',
    'https:/evil.example',
    'HTTPS://evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'mailto:a@evil.example',
    '//evil.example',
    '///evil.example',
    '////evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '\\\\evil.example',
    '/\\/evil.example',
    '/a\\b',
    '//user@evil.example',
    '//localhost@evil.example',
    '//self.invalid',
    '/%2fevil.example',
    '/%2Fevil.example',
    '%2f%2fevil.example',
    '/%252fevil.example',
    '/%252f%252fevil.example',
    '/%5cevil.example',
    '/%255cevil.example',
    '/\tevil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\nSet-Cookie: a=b',
    '/%0d%0aSet-Cookie:a=b',
    '/%250d%250aSet-Cookie:a=b',
    '/%00',
    '/\u0000/evil.example',
    '/\u007f/evil.example',
    '/\u0085/evil.example',
    '\t//evil.example',
    ' //evil.example',
    ' /inbox',
    '/.//evil.example',
    '/..//evil.example',
    '/a/..//evil.example',
    '/a/../..//evil.example',
    '/%2e//evil.example',
    '/%2e%2e//evil.example',
    '/%252e//evil.example',
    '/%252e%252e%252fevil.example/..//x',
    'inbox',
    '?page=2',
    '#top',
    '.',
    '..',
    '',
    `/${'a'.repeat(1024)}`,
  ])('%j is refused', async (value) => {
    expect((await appErrorOf(() => parseReturnTo(value))).code).toBe('invalid_request');
  });

  it('never leaves our origin, whatever passes', () => {
    const parts = ['/', '\\', '%2f', '%5c', '.', '%2e', '@', 'evil.example', '%3f', '?', '%', '\t'];
    for (let n = 0; n < parts.length ** 4; n++) {
      const digits = [n, n / 12, n / 144, n / 1728].map((x) => Math.floor(x) % parts.length);
      const value = digits.map((digit) => parts[digit]).join('');
      const passed = passedOf(value);
      if (passed === undefined) continue;
      expect(new URL(passed, 'https://app.example.com').origin).toBe('https://app.example.com');
      expect(passedOf(passed)).toBe(passed);
    }
  });
});

function passedOf(value: string): string | undefined {
  try {
    return parseReturnTo(value);
  } catch {
    return undefined;
  }
}
