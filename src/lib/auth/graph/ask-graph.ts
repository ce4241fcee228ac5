import { canonicalId } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { UsableToken } from '../ports.ts';
import type { AccessTokenCore, TokenNeed } from '../tokens/access-token.ts';
import type { Actor } from '../tokens/activity.ts';
import { consentRequired, missingScopes } from '../tokens/consent.ts';
import type { Flow, UserHash } from '../user.ts';
import type { GraphAnswer, GraphRequest } from './ports.ts';

export type GraphCore = AccessTokenCore &
  Pick<Core, 'graph' | 'unmetChallenges' | 'rejectionRefreshes'>;

/** Who Graph is asked for, and what it needs. */
export interface GraphCall {
  user: UserHash;
  flow: Flow;
  /** Who asks. Default: the user. */
  actor?: Actor;
  /** Delegated permissions that the request needs. */
  scopes: readonly string[];
  /** Scopes that the user may be asked for. */
  allowedScopes: readonly string[];
  request: GraphRequest;
  inspect?: TokenNeed['inspect'];
}

/**
 * Asks Graph once, with one token.
 *
 * @throws AppError and ClaimsChallenge as {@link GraphClient.call}; `consent_required` if Graph
 *   forbids the request and the token lacks a scope for it; `bad_gateway` for anybody else's profile.
 */
export async function askGraph(
  { graph }: Pick<Core, 'graph'>,
  { request, scopes, allowedScopes }: GraphCall,
  token: UsableToken,
): Promise<GraphAnswer> {
  const answer = await graph.call(token.token, request).catch((error: unknown) => {
    const isForbidden = error instanceof AppError && error.code === 'forbidden';
    const missing = isForbidden ? missingScopes(scopes, token) : [];
    throw isForbidden && missing.length > 0
      ? consentRequired(missing, allowedScopes, error)
      : error;
  });
  assertOwnProfile(answer, request);
  return answer;
}

/** @throws AppError `bad_gateway` */
function assertOwnProfile(
  { body, status }: GraphAnswer,
  { path, query, isFile, oid }: GraphRequest,
): void {
  if (path !== '/me' || isFile || status !== 200) return;
  const { id } = JSON.parse(body.toString()) as { id?: unknown };
  // With $select it need not be there.
  if (typeof id === 'string' && canonicalId(id) === canonicalId(oid)) return;
  if (id === undefined && query !== '') return;
  throw new AppError('bad_gateway', { detail: 'Microsoft Graph answered for somebody else.' });
}
