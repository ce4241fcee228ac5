import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { UsableToken } from '../ports.ts';
import type { LiveSession } from '../session/session.ts';
import { accessTokenFor } from '../tokens/access-token.ts';
import { type AbsentUser, assertKept } from '../tokens/back-end.ts';
import { ClaimsChallenge } from '../tokens/claims-challenge.ts';
import { assertWithin } from '../tokens/consent.ts';
import type { Flow } from '../user.ts';
import { askGraph, type GraphCall, type GraphCore } from './ask-graph.ts';
import type { GraphAnswer, GraphRequest } from './ports.ts';
import { askAgain } from './refused-token.ts';

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

/** What callers ask of Graph in a user's session. @throws AppError as {@link callGraph}. */
export async function callGraphFor(
  core: GraphCore & Pick<Core, 'publicBaseUrl'>,
  { user, flow, identity: { oid } }: LiveSession,
  asked: GraphAsk,
): Promise<GraphAnswer> {
  const owner = { user, flow, allowedScopes: scopesOf(core, flow) };
  return callGraph(core, resolve(core, owner, { oid, ...asked }));
}

/** The profile of a session's user, which needs no place on the list. @throws AppError as {@link callGraph}. */
export async function readProfile(
  core: GraphCore & Pick<Core, 'publicBaseUrl'>,
  { user, flow, identity: { oid } }: LiveSession,
  call: Pick<GraphAsk, 'requestId' | 'traceparent' | 'until'>,
): Promise<GraphAnswer> {
  const ownUrl = `${core.publicBaseUrl}/graph`;
  const profile = { method: 'GET', path: '/me', query: '', headers: {}, isFile: false } as const;
  return callGraph(core, {
    ...{ user, flow, scopes: ['User.Read'], allowedScopes: scopesOf(core, flow) },
    request: { ...profile, body: undefined, ownUrl, oid, ...call },
  });
}

/** What a back end asks of Graph for an absent user, to be sent by {@link callGraph}. */
export function callForAbsent(
  core: Pick<Core, 'graph' | 'clients' | 'refreshPolicy' | 'now' | 'publicBaseUrl'>,
  { user, oid }: AbsentUser,
  asked: GraphAsk,
): GraphCall {
  const inspect: GraphCall['inspect'] = (status) => assertKept(core, status);
  const allowedScopes = scopesOf(core, 'code');
  const owner = { user, flow: 'code', actor: 'back_end', allowedScopes, inspect } as const;
  return resolve(core, owner, { oid, ...asked });
}

function scopesOf({ clients }: Pick<Core, 'clients'>, flow: Flow): readonly string[] {
  return clients[flow]?.scopes ?? [];
}

/** @throws AppError for what is not on the list. */
function resolve(
  { graph, publicBaseUrl }: Pick<Core, 'graph' | 'publicBaseUrl'>,
  owner: Omit<GraphCall, 'scopes' | 'request'>,
  { method, path, query, root, ...rest }: GraphAsk & { oid: string },
): GraphCall {
  const { scopes, ...resource } = graph.resolve(method, path, query);
  const request = { method, ...resource, ...rest, ownUrl: `${publicBaseUrl}${root}` };
  return { ...owner, scopes, request };
}

/**
 * Asks Graph on a user's behalf. If Graph refuses the token, one refresh may bring a better one.
 *
 * @throws AppError as {@link accessTokenFor} and GraphClient; `consent_required` if a scope is
 *   missing, `reauth_required` with the claims of an unmet challenge or with the reason
 *   `token_rejected`, `bad_gateway` for anybody else's profile.
 */
export async function callGraph(core: GraphCore, call: GraphCall): Promise<GraphAnswer> {
  const { user, flow, actor, inspect } = call;
  assertWithin(call.allowedScopes, call.scopes, flow);
  const token = await accessTokenFor(core, user, flow, { actor, ...(inspect && { inspect }) });
  try {
    return await askGraph(core, call, token);
  } catch (refusal) {
    const stored = isRefusal(refusal) ? await storedInstead(core, call, token) : undefined;
    if (!stored) return askAgain(core, call, { token, refusal });
    return askGraph(core, call, stored).catch((again: unknown) =>
      askAgain(core, call, { token: stored, refusal: again }),
    );
  }
}

/** Whether Graph refused the token, or refused it for this request. */
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
  core: GraphCore,
  { user, flow, actor }: GraphCall,
  token: UsableToken,
): Promise<UsableToken | undefined> {
  if (!token.isRecalled) return undefined;
  const stored = await accessTokenFor(core, user, flow, { actor, inspect: () => undefined });
  return stored.token === token.token ? undefined : stored;
}
