import type { Config } from '../config/config.ts';
import type { OpenIdMetadata } from '../config/setting-values.ts';

/** The identity provider, as MSAL and the ID-token checks need it. */
export interface Authority {
  /** For MSAL: always https, which MSAL insists on; the endpoints in the metadata count. */
  url: string;
  /** MSAL calls no host but these. */
  knownAuthorities: string[];
  /** OpenID metadata as JSON: MSAL has nothing to discover. */
  metadata: string;
  /** Origins that tokens may be asked of. */
  tokenOrigins: ReadonlySet<string>;
  endSessionEndpoint: string | undefined;
}

/**
 * @param tenant default: the configured one. With `organizations`, tokens are refreshed at the
 *   user's own tenant.
 */
export function createAuthority(
  config: Config['authority'],
  tenant: string = config.tenant,
): Authority {
  const metadata = config.metadata ?? entraMetadata(config.host, tenant);
  const { host } = new URL(config.host);
  return {
    url: `https://${host}/${tenant}`,
    knownAuthorities: [host],
    metadata: JSON.stringify(metadata),
    tokenOrigins: new Set([new URL(metadata.token_endpoint).origin]),
    endSessionEndpoint: metadata.end_session_endpoint,
  };
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-protocols#endpoints */
function entraMetadata(host: string, tenant: string): OpenIdMetadata {
  const base = `${host}/${tenant}`;
  return {
    issuer: `${host}/{tenantid}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
  };
}

/**
 * The issuer of a tenant's ID tokens.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference `iss`
 */
export function issuerOf(config: Config['authority'], tenantId: string): string {
  const { issuer } = config.metadata ?? entraMetadata(config.host, tenantId);
  return issuer.replace('{tenantid}', tenantId);
}

/**
 * The issuers of access tokens for this app: which one depends on the version that its registration
 * asks for.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats
 */
export function accessTokenIssuers(config: Config['authority'], tenantId: string): string[] {
  const issuer = issuerOf(config, tenantId);
  const isChina = new URL(config.host).hostname.endsWith('.cn');
  const host = isChina ? 'sts.chinacloudapi.cn' : 'sts.windows.net';
  return config.metadata ? [issuer] : [issuer, `https://${host}/${tenantId}/`];
}

/** Of the pages on which people sign in and out. */
export function authorityOrigin({ host, metadata }: Config['authority']): string {
  return new URL(metadata?.authorization_endpoint ?? host).origin;
}

/** Where the keys are that tokens are signed with. */
export function jwksUri(config: Config['authority']): string {
  return (config.metadata ?? entraMetadata(config.host, config.tenant)).jwks_uri;
}
