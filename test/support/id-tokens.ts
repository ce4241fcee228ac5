import { startTime } from './clock.ts';

export const clientId = '99999999-2222-4333-8444-555555555555';
export const tenantId = '11111111-2222-4333-8444-555555555555';
export const objectId = 'aaaaaaaa-2222-4333-8444-555555555555';
export const issuerOf = (tenant: string) => `https://login.example/${tenant}/v2.0`;

/** Claims of a good ID token, issued at {@link startTime}. A claim of undefined is left out. */
export function idTokenClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: issuerOf(tenantId),
    aud: clientId,
    exp: startTime / 1000 + 3600,
    iat: startTime / 1000,
    nbf: startTime / 1000,
    nonce: 'nonce-1',
    sub: 'subject-1',
    oid: objectId,
    tid: tenantId,
    name: 'Ada Lovelace',
    preferred_username: 'ada@example.com',
    ...changes,
  };
}

/** An ID token with a signature that means nothing: the token endpoint's TLS stands for it. */
export function idToken(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = { alg: 'RS256', typ: 'JWT' },
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(idTokenClaims(changes))}.c2lnbmF0dXJl`;
}
