import { AppError } from '../../errors.ts';
import { accessTokenFor, type UsableToken } from '../access-token.ts';
import { askGraph, type GraphCall, type GraphDependencies } from './ask-graph.ts';
import { ClaimsChallenge } from './claims-challenge.ts';
import type { GraphAnswer, GraphRequest } from './ports.ts';
import { askAgain } from './refused-token.ts';
import { assertWithin } from './scopes.ts';

/** What a caller asks of Graph, as it came. */
export interface GraphAsk
  extends Pick<
    GraphRequest,
    'method' | 'headers' | 'body' | 'requestId' | 'traceparent' | 'until'
  > {
  /** Below {@link root}, percent-encoded. */
  path: string;
  query: URLSearchParams;
  /** Path of ours that stands for Graph's root. */
  root: string;
}

/**
 * Asks Graph on a user's behalf. If Graph refuses the token, one refresh may bring a better one.
 *
 * @throws AppError as {@link accessTokenFor} and GraphClient; `consent_required` if a scope is
 *   missing, `reauth_required` with the claims of an unmet challenge or with the reason
 *   `token_rejected`, `bad_gateway` for anybody else's profile.
 */
export async function callGraph(
  dependencies: GraphDependencies,
  call: GraphCall,
): Promise<GraphAnswer> {
  const { user, flow, inspect } = call;
  assertWithin(call.allowedScopes, call.scopes, flow);
  const token = await accessTokenFor(dependencies, user, flow, inspect ? { inspect } : {});
  try {
    return await askGraph(dependencies, call, token);
  } catch (refusal) {
    const stored = isRefusal(refusal) ? await storedInstead(dependencies, call, token) : undefined;
    if (!stored) return askAgain(dependencies, call, { token, refusal });
    return askGraph(dependencies, call, stored).catch((again: unknown) =>
      askAgain(dependencies, call, { token: stored, refusal: again }),
    );
  }
}

/** Graph does not take the token, or not for this. */
function isRefusal(error: unknown): boolean {
  const codes = ['forbidden', 'consent_required', 'reauth_required'];
  const isOurs = error instanceof AppError && codes.includes(error.code);
  return isOurs || error instanceof ClaimsChallenge;
}

/**
 * The stored token, if it differs from the remembered one: the user may already have done with
 * another instance what they would be asked for.
 */
async function storedInstead(
  dependencies: GraphDependencies,
  { user, flow }: GraphCall,
  token: UsableToken,
): Promise<UsableToken | undefined> {
  if (!token.isRecalled) return undefined;
  const stored = await accessTokenFor(dependencies, user, flow, { inspect: () => undefined });
  return stored.token === token.token ? undefined : stored;
}
