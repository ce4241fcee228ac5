import type { Configuration } from 'oidc-provider';
import { contextsOf, contextsParameter } from './authentication-contexts.ts';
import { accessTokenClaims, accountOf, claimsByScope, pairwiseSubject } from './claims.ts';
import { grantWithConsent } from './consent.ts';
import { deviceFlowPages } from './device-pages.ts';
import type { Directory } from './directory.ts';
import type { EndpointPaths } from './endpoints.ts';
import { shownError } from './entra-error.ts';
import { graphResource, graphScopes, openidScopes } from './graph-scopes.ts';
import { escapeHtml, page } from './html.ts';
import { interactions } from './interactions.ts';
import type { Persistence } from './persistence.ts';

export interface ConfigurationInput {
  readonly tenantId: string;
  readonly clientId: string;
  readonly deviceClientId: string;
  readonly redirectUris: readonly string[];
  readonly paths: EndpointPaths;
  readonly directory: Directory;
  readonly persistence: Persistence;
  /** Read at each token, so that it can change at run time. */
  readonly accessTokenSeconds: () => number;
}

const day = 24 * 60 * 60;

/** Required with pairwise subjects and several redirect hosts; a name only, never fetched. */
const sectorIdentifierUri = 'https://evergreen.example/sector';

/** oidc-provider set up to behave as Entra ID's v2.0 endpoints do. */
export function providerConfiguration(input: ConfigurationInput): Configuration {
  const { tenantId, paths, directory, persistence } = input;
  return {
    adapter: (model) => persistence.store.adapter(model),
    jwks: { keys: persistence.signingKeys.all.map(({ privateJwk }) => ({ ...privateJwk })) },
    cookies: {
      // Cookies ignore the port: these names must not meet those of an application on localhost.
      names: { session: 'entra_session', interaction: 'entra_sign_in', resume: 'entra_resume' },
      keys: [persistence.cookieKey],
    },
    clients: clientsOf(input),
    routes: {
      authorization: paths.authorize,
      token: paths.token,
      device_authorization: paths.deviceCode,
      code_verification: paths.deviceLogin,
      end_session: paths.logout,
      jwks: paths.keys,
    },
    scopes: openidScopes,
    claims: claimsByScope,
    conformIdTokenClaims: false,
    subjectTypes: ['pairwise', 'public'],
    pairwiseIdentifier: (_ctx, accountId, client) => pairwiseSubject(client.clientId, accountId),
    findAccount: (_ctx, accountId, token) => {
      const user = directory.byAccountId(accountId);
      const sessionUid = token && 'sessionUid' in token ? token.sessionUid : undefined;
      return user && accountOf(user, tenantId, sessionUid);
    },
    sectorIdentifierUriValidate: () => false,
    pkce: { required: () => true },
    responseTypes: ['code'],
    // Kept with the authorization request until there is a grant: see authentication-contexts.ts.
    extraParams: [contextsParameter],
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    // Always a new one; whether the used one stays valid is the store's business.
    rotateRefreshToken: true,
    loadExistingGrant: (ctx) => grantWithConsent(ctx, persistence),
    interactions: {
      policy: interactions(directory),
      url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
    },
    formats: {
      customizers: {
        jwt: (ctx, token, parts) => {
          const user = 'accountId' in token ? directory.byAccountId(token.accountId) : undefined;
          if (!user || !token.clientId) return;
          const { scope, client_id: _, jti: __, ...registered } = parts.payload;
          parts.header = { typ: 'JWT' };
          parts.payload = {
            ...registered,
            ...accessTokenClaims(user, {
              tenantId,
              clientId: token.clientId,
              contexts: contextsOf(ctx.oidc.entities.Grant),
            }),
            scp: scope,
          };
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      // MSAL sends a claims parameter with each sign-in; without the feature it is ignored.
      claimsParameter: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      // Answered in sign-out.ts, which asks no question.
      rpInitiatedLogout: { enabled: false },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '*********', ...deviceFlowPages() },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => graphResource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: graphScopes.join(' '),
          audience: graphResource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    ttl: {
      AccessToken: () => input.accessTokenSeconds(),
      AuthorizationCode: 10 * 60,
      DeviceCode: 15 * 60,
      // Entra's grants have no end of their own: a chain of refreshes may go on for years.
      Grant: 10 * 365 * day,
      IdToken: 60 * 60,
      Interaction: 60 * 60,
      RefreshToken: 90 * day,
      Session: day,
    },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = page(
        "We couldn't sign you in",
        `<p>${escapeHtml(shownError({ error: out.error, detail: out.error_description ?? '' }))}</p>`,
      );
    },
  };
}

function clientsOf(input: ConfigurationInput): NonNullable<Configuration['clients']> {
  return [
    {
      client_id: input.clientId,
      client_name: 'Evergreen',
      client_secret: input.persistence.clientSecret,
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [...input.redirectUris],
      subject_type: 'pairwise',
      sector_identifier_uri: sectorIdentifierUri,
    },
    {
      client_id: input.deviceClientId,
      client_name: 'Evergreen on a device',
      token_endpoint_auth_method: 'none',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      // Pairwise subjects would need a client that signs its assertions.
      subject_type: 'public',
    },
  ];
}
