import { openidMetadata } from '../../dev/identity-provider/endpoints.ts';
import type { TokenCall } from '../../dev/identity-provider/token-calls.ts';
import type { BrowserClient } from './browser-client.ts';
import { dumpTables } from './table-dump.ts';
import type { World } from './world.ts';

/**
 * What the tables hold, a line for each row and version of it: equal lines, nothing has changed.
 * Heartbeats are left out, which are of the app itself: any request may cause one.
 */
export async function storedRows({ azurite }: World, table?: string): Promise<string[]> {
  const rows = await dumpTables(azurite.connectionString);
  return rows
    .filter((row) => (table ? row.table === table : row.table !== 'heartbeats'))
    .map((row) => [row.table, row.partitionKey, row.rowKey, row.etag].join(' '));
}

/** Requests to the token endpoint with a code, in their order. */
export function codeRedemptions({ identityProvider }: World): readonly TokenCall[] {
  return identityProvider.tokenCalls.filter(({ grantType }) => grantType === 'authorization_code');
}

/** The Cookie header that a browser sends. */
export function cookieHeader({ cookies }: BrowserClient): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Settings of an app for the users of several tenants. */
export function organizations({ identityProvider }: World, allowed: readonly string[]) {
  const metadata = openidMetadata(identityProvider.origin, 'organizations');
  return {
    ENTRA_TENANT_ID: 'organizations',
    ENTRA_ALLOWED_TENANTS: allowed.join(' '),
    ENTRA_AUTHORITY_METADATA: JSON.stringify(metadata),
  };
}
