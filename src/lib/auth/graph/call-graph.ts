import { AppError } from '../../errors.ts';
import {
  type AccessTokenDependencies,
  accessTokenFor,
  accessTokenWithClaims,
  type TokenNeed,
  type UsableToken,
} from '../access-token.ts';
import type { Flow, UserHash } from '../user.ts';
import { ClaimsChallenge, claimsUnmet, type UnmetChallenges } from './claims-challenge.ts';
import type { GraphAnswer, GraphClient, GraphRequest } from './ports.ts';

export interface GraphDependencies extends AccessTokenDependencies {
  graph: GraphClient;
  unmet: UnmetChallenges;
}

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

/** Who Graph is asked for, and what it needs. */
export interface GraphCall {
  user: UserHash;
  flow: Flow;
  /** Delegated permissions that the request needs. */
  scopes: readonly string[];
  /** Scopes that the user may be asked for. */
  allowedScopes: readonly string[];
  request: GraphRequest;
  inspect?: TokenNeed['inspect'];
}

/**
 * Asks Graph on a user's behalf. A claims challenge is met silently, once, if it can be.
 *
 * @throws AppError as {@link accessTokenFor} and GraphClient; `consent_required` if a scope is
 *   missing, `reauth_required` with the claims of an unmet challenge, `bad_gateway` for anybody
 *   else's profile.
 */
export async function callGraph(
  dependencies: GraphDependencies,
  call: GraphCall,
): Promise<GraphAnswer> {
  const { user, flow, inspect } = call;
  assertWithin(call.allowedScopes, call.scopes, flow);
  const token = await accessTokenFor(dependencies, user, flow, inspect ? { inspect } : {});
  try {
    return await ask(token, dependencies, call);
  } catch (error) {
    const stored = isRefusal(error) ? await storedInstead(token, dependencies, call) : undefined;
    if (!stored) return afterRefusal(error, token, dependencies, call);
    return ask(stored, dependencies, call).catch((again: unknown) =>
      afterRefusal(again, stored, dependencies, call),
    );
  }
}

async function ask(
  { token }: UsableToken,
  { graph }: GraphDependencies,
  { request }: GraphCall,
): Promise<GraphAnswer> {
  const answer = await graph.call(token, request);
  assertOwnProfile(answer, request);
  return answer;
}

/** Graph does not take the token, or not for this. */
function isRefusal(error: unknown): boolean {
  const isOurs = error instanceof AppError && ['forbidden', 'reauth_required'].includes(error.code);
  return isOurs || error instanceof ClaimsChallenge;
}

/** Meets a challenge, and says which scopes are missing. @throws as {@link callGraph} */
async function afterRefusal(
  refusal: unknown,
  token: UsableToken,
  dependencies: GraphDependencies,
  { user, flow, scopes, allowedScopes, request }: GraphCall,
): Promise<GraphAnswer> {
  try {
    if (!(refusal instanceof ClaimsChallenge)) throw refusal;
    const challenge = { user, flow, request, token, claims: refusal.claims };
    const answer = await answerChallenge(dependencies, challenge);
    assertOwnProfile(answer, request);
    return answer;
  } catch (error) {
    const missing = missingScopes(scopes, token);
    if (!(error instanceof AppError && error.code === 'forbidden') || missing.length === 0) {
      throw error;
    }
    throw consentRequired(missing, allowedScopes, error);
  }
}

/**
 * The stored token, if it is another than the remembered one: with another instance the user may
 * have done already what they would be asked for.
 */
async function storedInstead(
  token: UsableToken,
  dependencies: GraphDependencies,
  { user, flow }: GraphCall,
): Promise<UsableToken | undefined> {
  if (!token.isRecalled) return undefined;
  const stored = await accessTokenFor(dependencies, user, flow, { inspect: () => undefined });
  return stored.token === token.token ? undefined : stored;
}

async function answerChallenge(
  dependencies: GraphDependencies,
  challenge: Pick<GraphCall, 'user' | 'flow' | 'request'> & {
    token: UsableToken;
    claims: string;
    isLast?: boolean;
  },
): Promise<GraphAnswer> {
  const { graph, unmet } = dependencies;
  const { user, flow, request, token, claims, isLast = false } = challenge;
  const mine = { user, flow, claims };
  if (unmet.has(mine, token.token)) throw claimsUnmet(claims);
  const latest = await accessTokenWithClaims(dependencies, user, flow, {
    ...{ challenged: token, claims },
  }).catch((error: unknown) => {
    const isUnmet = error instanceof AppError && error.public.login?.claims !== undefined;
    if (isUnmet) unmet.add(mine, token.token);
    throw error;
  });
  return graph.call(latest.token, request).catch((error: unknown) => {
    if (!(error instanceof ClaimsChallenge)) throw error;
    // Somebody else's refresh says nothing about what one with the claims would bring.
    if (!latest.isNew && !isLast) {
      const again = { user, flow, request, token: latest, claims: error.claims };
      return answerChallenge(dependencies, { ...again, isLast: true });
    }
    unmet.add({ ...mine, claims: error.claims }, latest.token);
    throw claimsUnmet(error.claims, error);
  });
}

/** A token may say more than a device's sign-in asked for: Entra remembers what was consented to. */
function assertWithin(allowed: readonly string[], scopes: readonly string[], flow: Flow): void {
  if (flow !== 'device') return;
  const missing = missingScopes(scopes, { scopes: allowed });
  if (missing.length > 0) throw consentRequired(missing, allowed);
}

/**
 * Those that are needed and not granted. A granted one may be told with its resource before it; who
 * may write may read.
 */
export function missingScopes(
  needed: readonly string[],
  { scopes }: Pick<UsableToken, 'scopes'>,
): string[] {
  const names = scopes.map((scope) => scope.toLowerCase().split('/').at(-1) ?? '');
  const granted = new Set([...names, ...names.map((name) => name.replace('readwrite', 'read'))]);
  return needed.filter((scope) => !granted.has(scope.toLowerCase()));
}

export function consentRequired(
  missing: readonly string[],
  allowed: readonly string[],
  cause?: AppError,
): AppError {
  const more = cause?.public.graphRequestId ? { graphRequestId: cause.public.graphRequestId } : {};
  const names = missing.join(' ');
  if (!missing.every((scope) => allowed.includes(scope))) {
    const detail = `This needs ${names}, which this app may not ask for (see its settings).`;
    return new AppError('forbidden', { ...more, detail }, cause);
  }
  const detail = `You have not yet allowed ${names}. Sign in at loginUrl to do so.`;
  return new AppError('consent_required', { ...more, detail, login: { scope: names } }, cause);
}

/** @throws AppError `bad_gateway` */
function assertOwnProfile(
  { body, status }: GraphAnswer,
  { path, query, isFile, oid }: GraphRequest,
): void {
  if (path !== '/me' || isFile || status !== 200) return;
  const { id } = JSON.parse(body.toString()) as { id?: unknown };
  // With $select it need not be there.
  if (id === oid || (id === undefined && query !== '')) return;
  throw new AppError('bad_gateway', { detail: 'Microsoft Graph answered for somebody else.' });
}
