import { expect, it } from 'vitest';
import { securityHeaders } from '../../../src/lib/http/security-headers.ts';

function policyOf(kind: 'page' | 'api' | 'program'): Record<string, string> {
  const policy = securityHeaders(kind, true)['content-security-policy'] ?? '';
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name = '', ...values] = directive.split(' ');
      return [name, values.join(' ')];
    }),
  );
}

const closed = {
  'default-src': "'none'",
  'frame-ancestors': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
};

it.each(['api', 'program'] as const)('an answer of kind %s can load and run nothing', (kind) => {
  expect(policyOf(kind)).toEqual(closed);
});

it('a page runs our own files alone, and no text as markup or code', () => {
  expect(policyOf('page')).toEqual({
    ...closed,
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self'",
    'connect-src': "'self'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  });
});
