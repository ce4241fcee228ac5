import type { RouteKind } from './request-guard.ts';

const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const policies: Record<RouteKind, string> = {
  api: nothing,
  program: nothing,
  // Scripts make elements by the DOM's own functions: no text can become markup or code.
  page: `${nothing}; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`,
};

/** Headers of every answer. @see https://owasp.org/www-project-secure-headers/ */
export function securityHeaders(kind: RouteKind, https: boolean): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': policies[kind],
    'cross-origin-resource-policy': 'same-origin',
    ...(https && { 'strict-transport-security': 'max-age=31536000' }),
  };
}
