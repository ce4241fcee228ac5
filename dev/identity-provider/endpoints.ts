/** Paths of the stand-in, in the form of Entra's v2.0 endpoints. */
export interface EndpointPaths {
  readonly authorize: string;
  readonly token: string;
  readonly deviceCode: string;
  readonly logout: string;
  readonly keys: string;
  /** Where people type the code that their device shows. */
  readonly deviceLogin: string;
}

export function endpointPaths(tenantId: string): EndpointPaths {
  return {
    authorize: `/${tenantId}/oauth2/v2.0/authorize`,
    token: `/${tenantId}/oauth2/v2.0/token`,
    deviceCode: `/${tenantId}/oauth2/v2.0/devicecode`,
    logout: `/${tenantId}/oauth2/v2.0/logout`,
    keys: `/${tenantId}/discovery/v2.0/keys`,
    deviceLogin: '/devicelogin',
  };
}

export function issuerOf(origin: string, tenantId: string): string {
  return `${origin}/${tenantId}/v2.0`;
}

/**
 * The OpenID metadata document. `tenant` is the path segment that was asked: for `common` and
 * `organizations` the endpoints keep it and the issuer holds `{tenantid}`, as Entra's does.
 */
export function openidMetadata(origin: string, tenant: string): Record<string, unknown> {
  const paths = endpointPaths(tenant);
  const multitenant = tenant === 'common' || tenant === 'organizations';
  return {
    token_endpoint: origin + paths.token,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    jwks_uri: origin + paths.keys,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerOf(origin, multitenant ? '{tenantid}' : tenant),
    request_uri_parameter_supported: false,
    authorization_endpoint: origin + paths.authorize,
    device_authorization_endpoint: origin + paths.deviceCode,
    end_session_endpoint: origin + paths.logout,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    code_challenge_methods_supported: ['S256'],
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nbf',
      'nonce',
      'oid',
      'tid',
      'ver',
      'sid',
      'login_hint',
      'name',
      'preferred_username',
      'email',
    ],
  };
}

/** `/common/...` and `/organizations/...` as the path of the one tenant that exists here. */
export function withTenant(url: string, tenantId: string): string {
  return url.replace(/^\/(?:common|organizations)(?=\/)/, `/${tenantId}`);
}
