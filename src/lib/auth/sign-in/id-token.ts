import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose';
import { canonicalId, sameIssuer } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';
import { type ProviderSession, type UserHash, type UserIdentity, userHash } from '../user.ts';

/** What an ID token must say. */
export interface IdTokenExpectations {
  clientId: string;
  /** Undefined where the request had none. */
  nonce: string | undefined;
  allowedTenants: readonly string[];
  issuerOf: (tenantId: string) => string;
  now: number;
}

/** Seconds that the identity provider's clock may differ from ours. */
const clockSkewSeconds = 300;

/** Entra dates its tokens this many seconds back, for the sake of clocks that are late. */
const backdatingSeconds = 300;

/**
 * Checks an ID token that came straight from the token endpoint, and returns who it is about.
 *
 * MSAL checks the nonce alone. The signature is not checked: TLS to the token endpoint stands for
 * it, as OpenID Connect allows.
 *
 * @throws AppError `forbidden` for a user of another tenant, else `bad_gateway`.
 * @see OpenID Connect Core section 3.1.3.7
 * @see https://learn.microsoft.com/entra/identity-platform/claims-validation
 */
export function processIdToken(
  idToken: string,
  expected: IdTokenExpectations,
): UserIdentity & ProviderSession {
  const claims = decode(idToken);
  assertClaim('nonce', claims['nonce'] === expected.nonce);
  assertAudience(claims, expected.clientId);
  assertTimes(claims, expected.now / 1000);
  const { oid, tid } = assertSubject(claims);
  assertTenantAllowed(tid, expected.allowedTenants);
  assertClaim('iss', sameIssuer(expected.issuerOf(tid), claims.iss));
  return {
    ...{ oid, tid, name: text(claims['name']), username: text(claims['preferred_username']) },
    ...{ sid: text(claims['sid']), loginHint: text(claims['login_hint']) },
  };
}

/**
 * Checks an ID token that came with a refresh: it must be about the same user of the same client.
 *
 * @param original the ID token before it, if there is one.
 * @throws AppError `bad_gateway`.
 * @see OpenID Connect Core section 12.2
 */
export function assertSameUser(
  idToken: string,
  expected: { user: UserHash; clientId: string; original: string | undefined },
): void {
  const claims = decode(idToken);
  assertAudience(claims, expected.clientId);
  const [oid, tid] = [text(claims['oid']), text(claims['tid'])];
  if (oid || tid)
    assertClaim('oid', userHash({ oid: oid ?? '', tid: tid ?? '' }) === expected.user);
  const original = expected.original && decode(expected.original);
  if (!original) return;
  assertClaim('iss', sameIssuer(original.iss ?? '', claims.iss));
  assertClaim('sub', claims.sub === original.sub);
}

function decode(idToken: string): JWTPayload {
  try {
    const { alg } = decodeProtectedHeader(idToken);
    if (!alg || alg === 'none') throw new Error('unsigned');
    return decodeJwt(idToken);
  } catch (error) {
    throw rejected('its form', error);
  }
}

/** The audience is this client alone, or this client is the authorized party. */
function assertAudience(claims: JWTPayload, clientId: string): void {
  const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  assertClaim('aud', audiences.length === 1 && isClient(audiences[0], clientId));
  const azp = claims['azp'];
  assertClaim('azp', azp === undefined || isClient(azp, clientId));
}

function isClient(claim: unknown, clientId: string): boolean {
  return typeof claim === 'string' && canonicalId(claim) === canonicalId(clientId);
}

function assertTimes(claims: JWTPayload, now: number): void {
  assertClaim('exp', typeof claims.exp === 'number' && claims.exp > now - clockSkewSeconds);
  const age = typeof claims.iat === 'number' ? now - claims.iat : Number.NaN;
  assertClaim('iat', age >= -clockSkewSeconds && age <= backdatingSeconds + clockSkewSeconds);
  assertClaim('nbf', claims.nbf === undefined || claims.nbf <= now + clockSkewSeconds);
}

function assertSubject(claims: JWTPayload): { oid: string; tid: string } {
  const oid = text(claims['oid']);
  const tid = text(claims['tid']);
  if (!text(claims.sub) || !oid || !tid) throw rejected('sub, oid and tid');
  return { oid: canonicalId(oid), tid: canonicalId(tid) };
}

function assertTenantAllowed(tid: string, allowed: readonly string[]): void {
  if (!allowed.includes(tid)) throw tenantNotAllowed();
}

export function tenantNotAllowed(): AppError {
  return new AppError('forbidden', {
    detail: 'Your organisation may not use this app.',
    reason: 'tenant_not_allowed',
    login: {},
  });
}

function assertClaim(claim: string, holds: boolean): void {
  if (!holds) throw rejected(claim);
}

function rejected(what: string, cause?: unknown): AppError {
  return new AppError(
    'bad_gateway',
    { detail: 'The identity provider’s answer was not acceptable. Sign in again.', login: {} },
    new Error(`ID token rejected for ${what}`, { cause }),
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
