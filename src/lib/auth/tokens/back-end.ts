import { canonicalId, isGuid } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { BackEnd, TokenStatus, UsableToken } from '../ports.ts';
import { type UserHash, userHash } from '../user.ts';
import { type AccessTokenCore, accessTokenFor } from './access-token.ts';
import { consentRequired, missingScopes } from './consent.ts';

export interface BackEndPolicy {
  role: string;
  /** If there are any, only these. */
  clientIds: readonly string[];
}

/**
 * The back end that a request comes from, whatever it may do.
 *
 * @throws AppError `unauthenticated` without a good token.
 */
export async function identifyBackEnd(
  { appTokenVerifier }: Pick<Core, 'appTokenVerifier'>,
  authorization: string | undefined,
): Promise<BackEnd> {
  const token = /^Bearer ([\w.-]{1,8192})$/i.exec(authorization ?? '')?.[1];
  if (!token) {
    throw new AppError('unauthenticated', {
      detail: 'Send Authorization: Bearer, with an access token of your app for this app.',
      challenge: 'Bearer',
    });
  }
  return appTokenVerifier.verify(token);
}

/** @throws AppError `forbidden` for who may not act for users. */
export function assertMayAct(policy: BackEndPolicy, backEnd: BackEnd): void {
  const isNamed = policy.clientIds.length === 0 || policy.clientIds.includes(backEnd.clientId);
  if (!isNamed || !backEnd.roles.includes(policy.role)) {
    throw new AppError('forbidden', {
      detail: 'Your app may not act for users here: it needs the app role, and to be allowed.',
    });
  }
}

/** A user of the back end's own tenant, who need not be there. */
export interface AbsentUser {
  user: UserHash;
  oid: string;
}

/** @returns undefined for what is no object id. */
export function absentUser({ tenantId }: BackEnd, userId: string): AbsentUser | undefined {
  if (!isGuid(userId)) return undefined;
  const oid = canonicalId(userId);
  return { user: userHash({ oid, tid: tenantId }), oid };
}

/**
 * Whether anybody may still use the tokens: there is a session, or they are retained.
 *
 * @throws AppError `not_found`
 */
export function assertKept(
  { refreshPolicy, now }: Pick<Core, 'refreshPolicy' | 'now'>,
  status: TokenStatus | undefined,
): void {
  if (!status || status.sessionsEndAt + refreshPolicy.retainMs <= now()) throw unknownUser();
}

/**
 * An absent user's access token.
 *
 * @throws AppError as {@link accessTokenFor}; `invalid_request` for a scope that the app may not
 *   ask for, `consent_required` for one that the user has not allowed.
 */
export async function tokenForBackEnd(
  core: AccessTokenCore,
  { user }: AbsentUser,
  { scopes, minValidityMs }: { scopes: readonly string[]; minValidityMs: number },
): Promise<UsableToken> {
  const allowedScopes = core.clients.code.scopes;
  if (!scopes.every((scope) => allowedScopes.includes(scope))) {
    throw new AppError('invalid_request', {
      detail: 'scopes names a scope that this app may not ask for (see GRAPH_SCOPES).',
    });
  }
  const token = await accessTokenFor(core, user, 'code', {
    actor: 'back_end',
    minValidityMs,
    inspect: (status) => assertKept(core, status),
  });
  const missing = missingScopes(scopes, token);
  if (missing.length > 0) throw consentRequired(missing, allowedScopes);
  return token;
}

/** What is for the user to do is told to a back end as such. */
export function toBackEndError(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.public.reason === 'tokens_missing') return unknownUser(error);
  if (error.code !== 'reauth_required' && error.code !== 'consent_required') return error;
  const reason = error.public.reason ?? error.code;
  const detail = 'The user has to sign in at loginUrl before anybody can act for them.';
  return new AppError('user_action_required', { ...error.public, detail, reason }, error);
}

export function unknownUser(cause?: unknown): AppError {
  const detail = 'No user of your tenant with this object id has tokens here.';
  return new AppError('not_found', { detail }, cause);
}
