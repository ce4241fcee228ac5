import type { Config } from '../../src/lib/config/config.ts';
import { issuerOf } from '../../src/lib/msal/authority.ts';

/**
 * Where a tenant's OpenID metadata is.
 *
 * @see OpenID Connect Discovery 1.0 section 4
 */
export function metadataUrl(authority: Config['authority'], tenant: string): string {
  return `${issuerOf(authority, tenant)}/.well-known/openid-configuration`;
}
