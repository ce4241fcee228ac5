import type Provider from 'oidc-provider';
import { requestedContexts } from './claims-request.ts';

type Grant = InstanceType<Provider['Grant']>;

/** Authentication contexts are kept in the grant of a sign-in as scopes of this resource. */
const contextsResource = 'urn:evergreen:authentication-contexts';

/** The parameter by which an authorization request's contexts reach its grant. */
export const contextsParameter = 'authentication_contexts';

/** The contexts that the sign-in satisfied: those that it was asked for. */
export function contextsOf(grant: Grant | undefined): string[] {
  return grant?.getResourceScope(contextsResource).split(' ').filter(Boolean) ?? [];
}

/** @param contexts names, separated by spaces */
export function satisfyContexts(grant: Grant, contexts: unknown): void {
  if (typeof contexts === 'string' && contexts) grant.addResourceScope(contextsResource, contexts);
}

/**
 * Whether the refresh token of `form` can bring the contexts that its `claims` ask for: only if its
 * sign-in satisfied them. True also when the token is unknown, which oidc-provider then says.
 */
export async function satisfiesContexts(
  provider: Provider,
  form: URLSearchParams,
): Promise<boolean> {
  const requested = requestedContexts(form.get('claims'));
  if (requested.length === 0) return true;
  const token = await provider.RefreshToken.find(form.get('refresh_token') ?? '');
  const grant = token?.grantId ? await provider.Grant.find(token.grantId) : undefined;
  if (!grant) return true;
  const satisfied = contextsOf(grant);
  return requested.every((context) => satisfied.includes(context));
}
