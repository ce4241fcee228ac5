import type { AccountInfo, ConfidentialClientApplication, ICachePlugin } from '@azure/msal-node';
import type { AuthorizationRequest, Clock, IssuedTokens, TokenClient } from '../auth/ports.ts';
import { userHash } from '../auth/user.ts';
import type { Config } from '../config.ts';
import { GoneError } from '../errors.ts';
import type { Send } from '../http/outbound-request.ts';
import { createAuthority } from './authority.ts';
import { readIssuedTokens } from './cache-contents.ts';
import { type CredentialOptions, loadCredential } from './client-credential.ts';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { type CacheRow, createTokenCachePlugin } from './token-cache-plugin.ts';

/**
 * The token client on MSAL Node: one `ConfidentialClientApplication` for each operation, because
 * a shared one mixes its users' tokens. MSAL is loaded at the first call.
 */
export function createTokenClient(options: {
  config: Config;
  send: Send;
  now: Clock;
}): TokenClient {
  const { config, send, now } = options;
  const authority = createAuthority(config.authority);
  const redirectUri = `${config.publicBaseUrl}/callback`;
  const { tenant } = config.authority;
  let credential: Promise<CredentialOptions> | undefined;

  function credentialOptions(): Promise<CredentialOptions> {
    credential ??= loadCredential(config.credential, config.authority.host).catch((error) => {
      credential = undefined;
      throw error;
    });
    return credential;
  }

  async function createClient(
    network: NetworkClient,
    cachePlugin?: ICachePlugin,
  ): Promise<ConfidentialClientApplication> {
    const msal = await import('@azure/msal-node');
    return new msal.ConfidentialClientApplication({
      auth: {
        clientId: config.clientId,
        authority: authority.url,
        knownAuthorities: authority.knownAuthorities,
        authorityMetadata: authority.metadata,
        ...(await credentialOptions()),
      },
      ...(cachePlugin && { cache: { cachePlugin } }),
      system: { networkClient: network },
    });
  }

  const networkOptions = { send, tokenOrigins: authority.tokenOrigins, now };

  return {
    async authorizationUrl(request: AuthorizationRequest) {
      const client = await createClient(createNetworkClient(networkOptions));
      return client.getAuthCodeUrl({
        scopes: [...request.scopes],
        redirectUri,
        responseMode: 'query',
        state: request.state,
        nonce: request.nonce,
        codeChallenge: request.codeChallenge,
        codeChallengeMethod: 'S256',
        ...(request.claims && { claims: request.claims }),
        ...(request.loginHint && { loginHint: request.loginHint }),
        ...(request.domainHint && { domainHint: request.domainHint }),
        ...(request.prompt && { prompt: request.prompt }),
      });
    },

    async redeem(request) {
      const network = createNetworkClient(networkOptions);
      const client = await createClient(network);
      const result = await orFailure(network, () =>
        client.acquireTokenByCode({
          code: request.code,
          codeVerifier: request.codeVerifier,
          nonce: request.nonce,
          scopes: [...request.scopes],
          redirectUri,
          ...(request.claims && { claims: request.claims }),
        }),
      );
      const tokens = readIssuedTokens(client.getTokenCache().serialize(), request.scopes);
      return { ...tokens, idToken: result.idToken };
    },

    async refresh(slot, scopes) {
      let account: AccountInfo | undefined;
      let written: IssuedTokens | undefined;
      const network = createNetworkClient({
        ...networkOptions,
        complete: (body) => (account ? { ...accountHints(account), ...body } : body),
      });
      const row: CacheRow = {
        async read() {
          const present = await slot.read();
          if (!present) throw new GoneError('the user has signed out');
          return { content: present.cache, version: present.version };
        },
        async write(content, version) {
          const tokens = readIssuedTokens(content, scopes);
          // After a conflict the row's newer token may stand in for ours; before, ours must be there.
          if (!written && tokens.accessToken.token !== network.issued()) throw notRefreshed();
          written = tokens;
          return slot.write(written, version);
        },
      };
      const owns = (account: { oid: string; tid: string }) => userHash(account) === slot.user;
      const client = await createClient(network, createTokenCachePlugin(row, owns));
      const [only] = await client.getTokenCache().getAllAccounts();
      if (!only) throw new Error('the cache holds no account');
      account = only;
      await orFailure(network, () =>
        client.acquireTokenSilent({
          account: only,
          scopes: [...scopes],
          forceRefresh: true,
          authority:
            tenant === 'organizations'
              ? authority.url.replace(/organizations$/, only.tenantId)
              : authority.url,
        }),
      );
      // MSAL may resolve with the old token: only what was written is a refresh.
      if (!written) throw notRefreshed();
      return written;
    },

    endSessionUrl() {
      const url = new URL(authority.endSessionEndpoint);
      url.searchParams.set('post_logout_redirect_uri', `${config.publicBaseUrl}/`);
      return url.href;
    },
  };
}

/**
 * What tells MSAL whose tokens an answer holds, for answers that leave it out: MSAL would drop the
 * tokens. A provider need not send an ID token with a refresh.
 *
 * @see OpenID Connect Core section 12.2
 */
function accountHints({ homeAccountId, idToken }: AccountInfo): Record<string, string> {
  const [uid, ...rest] = homeAccountId.split('.');
  const utid = rest.join('.');
  const clientInfo =
    uid && utid && Buffer.from(JSON.stringify({ uid, utid })).toString('base64url');
  return {
    ...(idToken && { id_token: idToken }),
    ...(clientInfo && { client_info: clientInfo }),
  };
}

function notRefreshed(): Error {
  return new Error('MSAL answered without a refresh');
}

/** MSAL's errors lack the status and the back-off of the answer: the network client's has them. */
async function orFailure<T>(network: NetworkClient, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw network.failure() ?? error;
  }
}
