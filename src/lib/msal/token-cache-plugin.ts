/**
 * An MSAL Node cache plugin for a store that keeps one user's cache in one versioned row.
 *
 * To take this file into another project: it needs nothing but `@azure/msal-node`. Implement
 * {@link CacheRow} over a store with compare-and-swap (an ETag), and make a client and a plugin
 * for each operation, bound to one user's row. A client that serves several users writes one
 * user's tokens into another's row, because MSAL's `deserialize` adds to what is in memory.
 *
 * ```ts
 * const plugin = createTokenCachePlugin(rowOf(user), (account) => account.oid === user.oid);
 * const client = new ConfidentialClientApplication({ auth, cache: { cachePlugin: plugin } });
 * const [account] = await client.getTokenCache().getAllAccounts();
 * const result = await client.acquireTokenSilent({ account, scopes });
 * ```
 *
 * The row is read once an operation, and written when MSAL has new tokens.
 *
 * @see https://learn.microsoft.com/entra/msal/javascript/node/caching
 */
import type { ICachePlugin, TokenCacheContext } from '@azure/msal-node';

/** One user's cache in a store. */
export interface CacheRow {
  /** The content (MSAL's JSON, or empty for none yet) and its version; undefined if there is no row. */
  read(): Promise<CacheRowContent | undefined>;
  /**
   * Replaces the content if the row still has this version. Never creates a row.
   *
   * @returns the new version.
   * @throws an error named `ConflictError` if the version is another by now, and one named
   *   `GoneError` if the row is no longer there.
   */
  write(content: string, version: string): Promise<string>;
}

export interface CacheRowContent {
  content: string;
  version: string;
}

/** The ids of an account in the tenant that issued its tokens: claims `oid` and `tid`. */
export interface CacheAccount {
  oid: string;
  tid: string;
}

/** The cache holds another account than the one that the row is for, or several, or none. */
export class ForeignAccountError extends Error {
  override readonly name = 'ForeignAccountError';
}

/** The row is not there: the user has signed out. The tokens at hand are dropped. */
export class CacheRowMissingError extends Error {
  override readonly name = 'CacheRowMissingError';
}

const maxWriteAttempts = 5;

/**
 * @param owns tells whether an account is the one that the row is for. Checked before each write.
 */
export function createTokenCachePlugin(
  row: CacheRow,
  owns: (account: CacheAccount) => boolean,
): ICachePlugin {
  let base: CacheRowContent | undefined;

  async function beforeCacheAccess(context: TokenCacheContext): Promise<void> {
    if (base) return;
    base = await row.read();
    if (!base) throw new CacheRowMissingError('no cache row');
    context.tokenCache.deserialize(base.content);
  }

  async function afterCacheAccess(context: TokenCacheContext): Promise<void> {
    if (!context.cacheHasChanged || !base) return;
    let content = context.tokenCache.serialize();
    for (let attempt = 1; ; attempt++) {
      assertOnlyAccount(content, owns);
      try {
        base = { content, version: await row.write(content, base.version) };
        return;
      } catch (error) {
        if (!isNamed(error, 'ConflictError') || attempt === maxWriteAttempts) throw error;
      }
      const latest: CacheRowContent | undefined = await row.read();
      if (!latest) throw new CacheRowMissingError('the cache row is gone');
      if (latest.content !== base.content) {
        // Newer tokens are there: they win over ours where both have the same, and ours are added.
        context.tokenCache.deserialize(latest.content);
        content = context.tokenCache.serialize();
      }
      base = latest;
    }
  }

  return { beforeCacheAccess, afterCacheAccess };
}

function assertOnlyAccount(content: string, owns: (account: CacheAccount) => boolean): void {
  const accounts = readAccounts(content);
  const [only] = accounts;
  if (accounts.length !== 1 || !only?.some(owns)) {
    throw new ForeignAccountError(`the cache holds ${accounts.length} accounts, or not the row's`);
  }
}

interface SerializedCache {
  Account?: Record<
    string,
    { local_account_id: string; realm: string; tenantProfiles?: string[] | null }
  >;
}

/** Of each account its ids: in its home tenant, and in each tenant it is a guest of. */
function readAccounts(content: string): CacheAccount[][] {
  const cache = JSON.parse(content) as SerializedCache;
  return Object.values(cache.Account ?? {}).map((account) => [
    { oid: account.local_account_id, tid: account.realm },
    ...(account.tenantProfiles ?? []).map((profile) => {
      const { localAccountId, tenantId } = JSON.parse(profile) as Record<string, string>;
      return { oid: localAccountId ?? '', tid: tenantId ?? '' };
    }),
  ]);
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
