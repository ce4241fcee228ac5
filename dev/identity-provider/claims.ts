import { createHash, randomBytes } from 'node:crypto';
import type { Account, AccountClaims } from 'oidc-provider';
import { issueTime } from './issue-time.ts';
import type { StandInUser } from './users.ts';

/** Which ID token claims each scope brings. */
export const claimsByScope: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'oid', 'tid', 'ver', 'iat', 'nbf', 'sid', 'login_hint', 'uti'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
};

/**
 * Entra dates `iat` and `nbf` of its tokens this many seconds back, so that a new token holds where
 * the clock is late, and counts `exp` from the true time: a token for an hour has 3900 s between
 * them. An app that takes `iat` for the time of issue must fail here, not only with a real tenant.
 */
const backdatingSeconds = 300;

/**
 * Who a user is to oidc-provider. Not the `oid`: a client without pairwise subjects gets this as
 * `sub`, and Entra's `sub` is never the `oid`.
 */
export function accountIdOf(userOid: string): string {
  return createHash('sha256').update(userOid).digest('base64url');
}

/** The account as oidc-provider sees it. */
export function accountOf(
  user: StandInUser,
  tenantId: string,
  sessionUid: string | undefined,
): Account {
  return {
    accountId: accountIdOf(user.oid),
    claims: () => idTokenClaims(user, tenantId, sessionUid),
  };
}

function idTokenClaims(
  user: StandInUser,
  tenantId: string,
  sessionUid: string | undefined,
): AccountClaims {
  return {
    sub: accountIdOf(user.oid),
    oid: user.oid,
    tid: tenantId,
    ver: '2.0',
    // oidc-provider sets a missing `iat` only, and counts `exp` from its own clock.
    ...datedBack(),
    uti: tokenIdentifier(),
    login_hint: loginHintOf(user),
    name: user.name,
    preferred_username: user.username,
    ...(sessionUid ? { sid: sessionUid } : {}),
    ...(user.mail ? { email: user.mail } : {}),
  };
}

export interface AccessTokenContext {
  readonly tenantId: string;
  readonly clientId: string;
  /** Authentication contexts that the sign-in satisfied, such as `c1`. */
  readonly contexts: readonly string[];
}

/** What a Graph access token says besides `scp` and the registered claims that don't differ. */
export function accessTokenClaims(
  user: StandInUser,
  { tenantId, clientId, contexts }: AccessTokenContext,
): Record<string, unknown> {
  return {
    ...datedBack(),
    ...(contexts.length > 0 && { acrs: contexts }),
    aio: issueTime(),
    appid: clientId,
    azp: clientId,
    idtyp: 'user',
    oid: user.oid,
    tid: tenantId,
    name: user.name,
    given_name: user.givenName,
    family_name: user.surname,
    upn: user.username,
    unique_name: user.username,
    uti: tokenIdentifier(),
    ver: '1.0',
  };
}

/** The opaque `login_hint` claim, which may come back as `login_hint` or `logout_hint`. */
export function loginHintOf(user: StandInUser): string {
  return `O.${Buffer.from(user.oid).toString('base64url')}`;
}

/** `sub` of a client with pairwise subjects. */
export function pairwiseSubject(clientId: string, accountId: string): string {
  return createHash('sha256').update(`${clientId} ${accountId}`).digest('base64url');
}

/** The claim `uti`. */
export function tokenIdentifier(): string {
  return randomBytes(16).toString('base64url');
}

export function datedBack(): { iat: number; nbf: number } {
  const seconds = Math.floor(Date.now() / 1000) - backdatingSeconds;
  return { iat: seconds, nbf: seconds };
}
