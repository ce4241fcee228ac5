import type Provider from 'oidc-provider';
import { graphResource, graphScopesIn, openidScopes, scopeNames } from './graph-scopes.ts';
import type { Store } from './store.ts';

/**
 * Entra redeems a refresh token for any scope that the user has consented to, oidc-provider only
 * for those of the sign-in it came from. Widens the refresh token of `form` to what it asks.
 * @returns false when a scope was never consented to; true also when the token is unknown or
 *   expired, which oidc-provider then says
 */
export async function coverRequestedScopes(
  provider: Provider,
  store: Store,
  form: URLSearchParams,
): Promise<boolean> {
  const token = await provider.RefreshToken.find(form.get('refresh_token') ?? '');
  if (!token?.clientId || token.clientId !== form.get('client_id')) return true;
  const requested = scopeNames(form.get('scope'));
  const covered = new Set(scopeNames(token.scope));
  if (requested.every((scope) => covered.has(scope))) return true;
  const consented = store.consentedScopes(token.clientId, token.accountId);
  const grantable = new Set([...consented, ...openidScopes]);
  if (!requested.every((scope) => grantable.has(scope))) return false;
  const grant = await provider.Grant.find(token.grantId ?? '');
  if (!grant) return true;
  grant.addResourceScope(graphResource, graphScopesIn(requested).join(' '));
  await grant.save();
  token.scope = [...covered, ...requested].join(' ');
  await token.save();
  return true;
}
