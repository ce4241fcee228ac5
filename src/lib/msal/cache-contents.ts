import type { IssuedTokens } from '../auth/tokens/token-client.ts';

interface SerializedCache {
  Account?: Record<string, { realm: string; local_account_id: string }>;
  AccessToken?: Record<
    string,
    { secret: string; target: string; cached_at: string; expires_on: string }
  >;
}

/** Scopes that every sign-in has, and that are not Graph's. */
const protocolScopes = new Set(['openid', 'profile', 'email', 'offline_access']);

/**
 * The tokens in MSAL's serialized cache: of several access tokens the newest.
 *
 * @param askedScopes what was asked for: counts as granted if the answer did not say.
 * @throws Error if it holds no access token.
 * @see https://github.com/AzureAD/microsoft-authentication-library-for-js (unified cache schema)
 */
export function readIssuedTokens(cache: string, askedScopes: readonly string[]): IssuedTokens {
  const { AccessToken = {} } = JSON.parse(cache) as SerializedCache;
  const [newest] = Object.values(AccessToken).sort(
    (a, b) =>
      Number(b.cached_at) - Number(a.cached_at) || Number(b.expires_on) - Number(a.expires_on),
  );
  if (!newest) throw new Error('the cache holds no access token');
  const granted = newest.target
    .split(' ')
    .filter((scope) => scope && !protocolScopes.has(scope.toLowerCase()));
  return {
    cache,
    accessToken: { token: newest.secret, expiresAt: Number(newest.expires_on) * 1000 },
    scopes: granted.length > 0 ? granted : askedScopes,
  };
}

/** The tenant of the account in MSAL's serialized cache; undefined if there is none. */
export function readTenant(cache: string): string | undefined {
  return readOwner(cache)?.tid;
}

/** Whose the account in MSAL's serialized cache is; undefined if there is none. */
export function readOwner(cache: string): { oid: string; tid: string } | undefined {
  const { Account = {} } = JSON.parse(cache) as SerializedCache;
  const [account] = Object.values(Account);
  return account && { oid: account.local_account_id, tid: account.realm };
}
