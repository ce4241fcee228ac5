import type { Config } from '../config.ts';
import type { OpenIdMetadata } from '../setting-values.ts';

/** The identity provider, as MSAL and the ID-token checks need it. */
export interface Authority {
  /** For MSAL: always https, which MSAL insists on; the endpoints in the metadata count. */
  url: string;
  /** MSAL calls no host but these. */
  knownAuthorities: string[];
  /** Metadata as JSON, or empty for a Microsoft cloud, whose metadata MSAL holds. */
  metadata: string;
  /** Origins that tokens may be asked of. */
  tokenOrigins: ReadonlySet<string>;
  endSessionEndpoint: string;
}

export function createAuthority(config: Config['authority']): Authority {
  const { host, tenant, metadata } = config;
  const { host: hostname } = new URL(host);
  return {
    url: `https://${hostname}/${tenant}`,
    knownAuthorities: [hostname],
    metadata: metadata ? JSON.stringify(metadata) : '',
    tokenOrigins: new Set([metadata ? new URL(metadata.token_endpoint).origin : host]),
    endSessionEndpoint: metadata?.end_session_endpoint ?? `${host}/${tenant}/oauth2/v2.0/logout`,
  };
}

/**
 * The issuer of a tenant's ID tokens.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference `iss`
 */
export function issuerOf(
  config: { host: string; metadata: OpenIdMetadata | undefined },
  tenantId: string,
): string {
  const template = config.metadata?.issuer ?? `${config.host}/{tenantid}/v2.0`;
  return template.replace('{tenantid}', tenantId);
}
