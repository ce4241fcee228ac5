import { AppError } from '../../errors.ts';
import type { UsableToken } from '../ports.ts';
import { accessTokenInstead } from '../tokens/access-token.ts';
import { ClaimsChallenge, claimsUnmet } from '../tokens/claims-challenge.ts';
import { askGraph, type GraphCall, type GraphCore } from './ask-graph.ts';
import type { GraphAnswer } from './ports.ts';
import { isTokenRejected } from './rejected-token.ts';

/**
 * Repeats a call whose token Graph refused, with a better token if one is to be had. Graph did
 * nothing when it answered 401, so any method is safe to repeat.
 *
 * @throws the refusal, if no token helps.
 */
export async function askAgain(
  core: GraphCore,
  call: GraphCall,
  { token, refusal }: { token: UsableToken; refusal: unknown },
): Promise<GraphAnswer> {
  if (refusal instanceof ClaimsChallenge) {
    return meetChallenge(core, call, { token, claims: refusal.claims });
  }
  if (isTokenRejected(refusal)) return replaceToken(core, call, { token, refusal });
  throw refusal;
}

/**
 * Graph rejected a token and didn't say why: it may have expired on its way, or been revoked. One
 * refresh and one repetition follow, or the repetition alone if the store has another token by now.
 */
async function replaceToken(
  core: GraphCore,
  call: GraphCall,
  { token, refusal }: { token: UsableToken; refusal: unknown },
): Promise<GraphAnswer> {
  const { rejectionRefreshes } = core;
  const { user, flow, actor } = call;
  const mayRefresh = !rejectionRefreshes.isRecent(user, flow);
  const other = await accessTokenInstead(core, user, flow, {
    ...{ refused: token, actor, mayRefresh },
  });
  if (other.token === token.token) throw refusal;
  if (other.isNew) rejectionRefreshes.note(user, flow);
  return askGraph(core, call, other).catch((again: unknown) => {
    if (!(again instanceof ClaimsChallenge)) throw again;
    return meetChallenge(core, call, { token: other, claims: again.claims });
  });
}

/** Graph wants a token that says more, or is newer: one refresh with its claims, one repetition. */
async function meetChallenge(
  core: GraphCore,
  call: GraphCall,
  challenge: { token: UsableToken; claims: string; isLast?: boolean },
): Promise<GraphAnswer> {
  const { unmetChallenges: unmet } = core;
  const { user, flow, actor } = call;
  const { token, claims, isLast = false } = challenge;
  const mine = { user, flow, claims };
  if (unmet.has(mine, token.token)) throw claimsUnmet(claims);
  const latest = await accessTokenInstead(core, user, flow, {
    ...{ refused: token, actor, claims },
  }).catch((error: unknown) => {
    const isUnmet = error instanceof AppError && error.public.login?.claims !== undefined;
    if (isUnmet) unmet.add(mine, token.token);
    throw error;
  });
  return askGraph(core, call, latest).catch((error: unknown) => {
    if (!(error instanceof ClaimsChallenge)) throw error;
    // Somebody else's refresh says nothing about what one with the claims would bring.
    if (!latest.isNew && !isLast) {
      const again = { token: latest, claims: error.claims, isLast: true };
      return meetChallenge(core, call, again);
    }
    unmet.add({ ...mine, claims: error.claims }, latest.token);
    throw claimsUnmet(error.claims, error);
  });
}
