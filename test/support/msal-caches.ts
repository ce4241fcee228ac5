import { ConfidentialClientApplication, type TokenCache } from '@azure/msal-node';

/** What tells one cache from another. */
export interface CacheFields {
  oid?: string;
  tid?: string;
  accessToken?: string;
  refreshToken?: string;
  scopes?: string;
  /** Seconds since the epoch. */
  cachedAt?: number;
  /** Ids in tenants that the account is a guest of. */
  guestOf?: { oid: string; tid: string }[];
}

const environment = 'login.example';
const clientId = 'client';

/** A cache of one account, as MSAL serializes it. */
export function msalCache(fields: CacheFields = {}): string {
  const { oid = 'oid-1', tid = 'tid-1', scopes = 'User.Read openid profile' } = fields;
  const home = `${oid}.${tid}`;
  const shared = { home_account_id: home, environment, client_id: clientId };
  const cachedAt = fields.cachedAt ?? 1_800_000_000;
  const tenantProfiles = [{ oid, tid }, ...(fields.guestOf ?? [])].map((profile) =>
    JSON.stringify({ tenantId: profile.tid, localAccountId: profile.oid, name: 'Ada' }),
  );
  return JSON.stringify({
    Account: {
      [`${home}-${environment}-${tid}`]: {
        home_account_id: home,
        environment,
        realm: tid,
        local_account_id: oid,
        username: 'ada@example.com',
        authority_type: 'MSSTS',
        tenantProfiles,
      },
    },
    IdToken: {},
    AccessToken: {
      [`${home}-${environment}-accesstoken-${clientId}-${tid}-${scopes.toLowerCase()}-`]: {
        ...shared,
        credential_type: 'AccessToken',
        secret: fields.accessToken ?? 'access-1',
        realm: tid,
        target: scopes,
        cached_at: String(cachedAt),
        expires_on: String(cachedAt + 3600),
        extended_expires_on: String(cachedAt + 7200),
        token_type: 'Bearer',
      },
    },
    RefreshToken: {
      [`${home}-${environment}-refreshtoken-${clientId}---`]: {
        ...shared,
        credential_type: 'RefreshToken',
        secret: fields.refreshToken ?? 'refresh-1',
      },
    },
    AppMetadata: {},
  });
}

/** A real token cache of MSAL, empty. */
export function newTokenCache(): TokenCache {
  const authority = `https://${environment}/tid-1`;
  const client = new ConfidentialClientApplication({
    auth: { clientId, authority, knownAuthorities: [environment], clientSecret: 'secret' },
  });
  return client.getTokenCache();
}

/** Secrets of one kind in a serialized cache. */
export function secretsIn(cache: string, kind: 'AccessToken' | 'RefreshToken'): string[] {
  const parsed = JSON.parse(cache) as Record<string, Record<string, { secret: string }>>;
  return Object.values(parsed[kind] ?? {}).map(({ secret }) => secret);
}
