import type { AccountInfo } from '@azure/msal-node';
import type { Clock } from '../auth/ports.ts';
import type { AuthorizationRequest, TokenClient, TokenSlot } from '../auth/tokens/token-client.ts';
import { userHash } from '../auth/user.ts';
import { type Config, servesSeveralTenants } from '../config/config.ts';
import { AppError } from '../errors.ts';
import type { Send } from '../http/outbound-request.ts';
import { createAuthority } from './authority.ts';
import { readIssuedTokens, readTenant } from './cache-contents.ts';
import { type ClientApplications, createClientApplications } from './client-applications.ts';
import { createDeviceFlow } from './device-authorization.ts';
import { createNetworkClient } from './network-client.ts';
import { openSlotRow } from './slot-row.ts';
import { createTokenCachePlugin } from './token-cache-plugin.ts';
import { orFailure } from './token-failure.ts';
import { createTurns } from './turns.ts';

/** Milliseconds for the redemption of a code: a person waits for it. */
const redeemDeadlineMs = 6_000;

/**
 * The token client on MSAL Node.
 */
export function createTokenClient(options: {
  config: Config;
  send: Send;
  now: Clock;
}): TokenClient {
  const { config, send, now } = options;
  const authority = createAuthority(config.authority);
  const redirectUri = `${config.publicBaseUrl}/callback`;
  const applications = createClientApplications(config);

  const severalTenants = servesSeveralTenants(config);
  /** A user of one of many tenants gets tokens from their own. */
  const authorityOf = ({ tenantId }: TokenSlot, cache: string) =>
    severalTenants ? createAuthority(config.authority, tenantId || readTenant(cache)) : authority;

  const turn = createTurns();
  /** What MSAL does with an answer, and the writing of it, takes a millisecond. */
  const sendInTurn: Send = async (request) => {
    const response = await send(request);
    await turn();
    return response;
  };
  const { tokenOrigins } = authority;
  const networkOptions = { send: sendInTurn, tokenOrigins, severalTenants, now };
  const device = createDeviceFlow(applications, { ...networkOptions, authority });

  return {
    async authorizationUrl(request: AuthorizationRequest) {
      const network = createNetworkClient(networkOptions);
      const client = await applications.confidential({ network, authority });
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
      const client = await applications.confidential({ network, authority });
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
      const { user, flow } = slot;
      const expected = { user, clientId: applications.clientId(flow) };
      let account: AccountInfo | undefined;
      const { completeAnswer } = await import('./refresh-answer.ts');
      const network = createNetworkClient({
        ...networkOptions,
        complete: (body) => (account ? completeAnswer(body, account, expected) : body),
      });
      const row = await openSlotRow(slot, scopes, network.issued);
      const plugin = createTokenCachePlugin(row, (owner) => userHash(owner) === user);
      return orFailure(network, async () => {
        const home = authorityOf(slot, row.first.content);
        const client = await applications.of(flow, {
          ...{ network, authority: home, cachePlugin: plugin },
        });
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

    startDevice: device.start,
    pollDevice: device.poll,

    check: applications.check,

    endSessionUrl(loginHint) {
      const home = `${config.publicBaseUrl}/`;
      if (!authority.endSessionEndpoint) return home;
      const url = new URL(authority.endSessionEndpoint);
      url.searchParams.set('client_id', config.clientId);
      url.searchParams.set('post_logout_redirect_uri', home);
      if (loginHint !== undefined) url.searchParams.set('logout_hint', loginHint);
      return url.href;
    },
  };
}

/** @throws AppError `reauth_required` if the cache holds no account. */
async function onlyAccount(
  client: Awaited<ReturnType<ClientApplications['of']>>,
): Promise<AccountInfo> {
  const [account] = await client.getTokenCache().getAllAccounts();
  if (!account) throw new AppError('reauth_required', { reason: 'tokens_missing', login: {} });
  return account;
}
