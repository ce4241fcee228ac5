import { createHash, randomBytes } from 'node:crypto';
import type { Account, AccountClaims } from 'oidc-provider';
import type { StandInUser } from './users.ts';

/** Which ID token claims each scope brings. */
export const claimsByScope: Readonly<Record<string, string[]>> = {
  openid: ['sub', 'oid', 'tid', 'ver', 'nbf', 'sid', 'login_hint', 'uti'],
  profile: ['name', 'preferred_username'],
  email: ['email'],
};

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
    nbf: seconds(),
    uti: tokenIdentifier(),
    login_hint: loginHintOf(user),
    name: user.name,
    preferred_username: user.username,
    ...(sessionUid ? { sid: sessionUid } : {}),
    ...(user.mail ? { email: user.mail } : {}),
  };
}

/** What a Graph access token says besides the registered claims and `scp`. */
export function accessTokenClaims(
  user: StandInUser,
  tenantId: string,
  clientId: string,
): Record<string, unknown> {
  return {
    nbf: seconds(),
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

function tokenIdentifier(): string {
  return randomBytes(16).toString('base64url');
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
