import type { AccountInfo, ConfidentialClientApplication, ICachePlugin } from '@azure/msal-node';
import type { AuthorizationRequest, Clock, TokenClient } from '../auth/ports.ts';
import { userHash } from '../auth/user.ts';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Send } from '../http/outbound-request.ts';
import { lazy } from '../lazy.ts';
import { type Authority, createAuthority } from './authority.ts';
import { readIssuedTokens, readTenant } from './cache-contents.ts';
import { loadCredential } from './client-credential.ts';
import { createNetworkClient, type NetworkClient } from './network-client.ts';
import { completeAnswer } from './refresh-answer.ts';
import { openSlotRow } from './slot-row.ts';
import { createTokenCachePlugin } from './token-cache-plugin.ts';
import { orFailure } from './token-failure.ts';

/**
 * Claims challenges are understood: Entra revokes tokens in minutes instead of letting them expire.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation
 */
const clientCapabilities = ['cp1'];

/** Milliseconds for the redemption of a code: a person waits for it. */
const redeemDeadlineMs = 6_000;

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
  const credential = lazy(() => loadCredential(config.credential, config.authority.host));

  async function createClient(
    network: NetworkClient,
    { metadata, url, knownAuthorities }: Authority = authority,
    cachePlugin?: ICachePlugin,
  ): Promise<ConfidentialClientApplication> {
    const msal = await import('@azure/msal-node');
    const { clientId } = config;
    const auth = {
      clientId,
      authority: url,
      knownAuthorities,
      authorityMetadata: metadata,
      clientCapabilities,
    };
    return new msal.ConfidentialClientApplication({
      auth: { ...auth, ...(await credential()).options },
      ...(cachePlugin && { cache: { cachePlugin } }),
      system: { networkClient: network },
    });
  }

  /** A user of one of many tenants gets tokens from their own. */
  const authorityOf = (cache: string) =>
    config.authority.tenant === 'organizations'
      ? createAuthority(config.authority, readTenant(cache))
      : authority;

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
      const network = createNetworkClient({ ...networkOptions, deadlineMs: redeemDeadlineMs });
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

    async refresh(slot, scopes, claims) {
      const expected = { user: slot.user, clientId: config.clientId };
      let account: AccountInfo | undefined;
      const network = createNetworkClient({
        ...networkOptions,
        complete: (body) => (account ? completeAnswer(body, account, expected) : body),
      });
      const row = await openSlotRow(slot, scopes, network.issued);
      const plugin = createTokenCachePlugin(row, (owner) => userHash(owner) === slot.user);
      return orFailure(network, async () => {
        const home = authorityOf(row.first.content);
        const client = await createClient(network, home, plugin);
        account = await onlyAccount(client);
        await client.acquireTokenSilent({
          account,
          scopes: [...scopes],
          forceRefresh: true,
          ...(claims !== undefined && { claims }),
          authority: home.url,
        });
        return row.written();
      });
    },

    async check() {
      await (await credential()).check();
    },

    endSessionUrl() {
      const home = `${config.publicBaseUrl}/`;
      if (!authority.endSessionEndpoint) return home;
      const url = new URL(authority.endSessionEndpoint);
      url.searchParams.set('client_id', config.clientId);
      url.searchParams.set('post_logout_redirect_uri', home);
      return url.href;
    },
  };
}

/** @throws AppError `reauth_required` if the cache holds no account. */
async function onlyAccount(client: ConfidentialClientApplication): Promise<AccountInfo> {
  const [account] = await client.getTokenCache().getAllAccounts();
  if (!account) throw new AppError('reauth_required', { reason: 'tokens_missing', login: {} });
  return account;
}
