import type { KoaContextWithOIDC } from 'oidc-provider';
import { contextsParameter, satisfyContexts } from './authentication-contexts.ts';
import { graphResource, graphScopesIn, openidScopes } from './graph-scopes.ts';
import type { Persistence } from './persistence.ts';

/**
 * Every scope that is asked for is granted at once, and remembered by user and application, so
 * that an older refresh token can be redeemed for it too.
 */
export async function grantWithConsent(ctx: KoaContextWithOIDC, { store }: Persistence) {
  const { account, client, provider } = ctx.oidc;
  if (!account || !client) return undefined;
  const { accountId } = account;
  const { clientId } = client;
  store.addConsent(clientId, accountId, [
    ...openidScopes,
    ...graphScopesIn(ctx.oidc.requestParamScopes),
  ]);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(openidScopes.join(' '));
  grant.addResourceScope(
    graphResource,
    graphScopesIn(store.consentedScopes(clientId, accountId)).join(' '),
  );
  satisfyContexts(grant, ctx.oidc.params?.[contextsParameter]);
  await grant.save();
  return grant;
}
