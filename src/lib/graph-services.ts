import type { AccessTokenDependencies } from './auth/access-token.ts';
import type { Actor } from './auth/activity.ts';
import {
  type AbsentUser,
  type AppTokenVerifier,
  assertKept,
  identifyBackEnd,
  tokenForBackEnd,
} from './auth/back-end.ts';
import type { GraphCall, GraphDependencies } from './auth/graph/ask-graph.ts';
import { callGraph, type GraphAsk } from './auth/graph/call-graph.ts';
import { createUnmetChallenges } from './auth/graph/claims-challenge.ts';
import { createRejectionRefreshes } from './auth/graph/rejected-token.ts';
import type { LiveSession } from './auth/session.ts';
import type { Flow } from './auth/user.ts';
import type { Config } from './config.ts';
import { createGraphClient } from './graph/graph-client.ts';
import { createSend, type Send } from './http/outbound-request.ts';
import { lazy } from './lazy.ts';
import { accessTokenIssuers, jwksUri } from './msal/authority.ts';

/** A retry that Graph asks for is made if it asks to wait no longer. */
const longestWaitMs = 2_000;

/** Calls of Graph, for signed-in users and for back ends that act for absent ones. */
export function createGraphServices(
  config: Config,
  dependencies: AccessTokenDependencies & { send: Send },
) {
  const { authority, clientId, publicBaseUrl } = config;
  const { now, send, refreshPolicy } = dependencies;
  const { baseUrl, routes, scopes: allowedScopes } = config.graph;
  const graph = createGraphClient({ baseUrl, routes, send: createSend({ longestWaitMs }), now });
  // No start needs it, nor does anybody but a back end.
  const loadVerifier = lazy(async () => {
    const { createAppTokenVerifier } = await import('./app-token/app-token-verifier.ts');
    return createAppTokenVerifier({
      clientId,
      jwksUri: jwksUri(authority),
      allowedTenants: authority.allowedTenants,
      issuersOf: (tenantId) => accessTokenIssuers(authority, tenantId),
      send,
      now,
    });
  });
  const verifier: AppTokenVerifier = {
    verify: async (token) => (await loadVerifier()).verify(token),
  };
  const graphDependencies: GraphDependencies = {
    ...dependencies,
    ...{ graph, unmet: createUnmetChallenges(), rejections: createRejectionRefreshes(now) },
  };
  const allowedScopesOf = (flow: Flow) =>
    flow === 'device' ? (config.device?.scopes ?? []) : allowedScopes;

  /** @throws AppError for what is not on the list. */
  function callOf(
    {
      owner,
      oid,
      actor,
    }: { owner: Omit<GraphCall, 'scopes' | 'request'>; oid: string; actor: Actor },
    { method, path, query, root, ...rest }: GraphAsk,
  ) {
    const { scopes, ...resource } = graph.resolve(method, path, query);
    const ownUrl = `${publicBaseUrl}${root}`;
    const request = { method, ...resource, ...rest, ownUrl, oid };
    const call = { ...owner, scopes, request };
    return { scopes, send: () => callGraph({ ...graphDependencies, actor }, call) };
  }

  return {
    callGraph: ({ user, flow, identity: { oid } }: LiveSession, asked: GraphAsk) => {
      const owner = { user, flow, allowedScopes: allowedScopesOf(flow) };
      return callOf({ owner, oid, actor: 'user' }, asked).send();
    },

    /** The profile needs no place on the list. */
    readProfile: (
      { user, flow, identity }: LiveSession,
      call: Pick<GraphAsk, 'requestId' | 'traceparent' | 'until'>,
    ) =>
      callGraph(graphDependencies, {
        ...{ user, flow, scopes: ['User.Read'], allowedScopes: allowedScopesOf(flow) },
        request: {
          ...{ method: 'GET', path: '/me', query: '', headers: {}, body: undefined, isFile: false },
          ...{ ownUrl: `${publicBaseUrl}/graph`, oid: identity.oid, ...call },
        },
      }),

    identifyBackEnd: (authorization: string | undefined) =>
      identifyBackEnd(verifier, authorization),

    /** The answer of `POST /users/{userId}/token`. `expiresAt` is an ISO 8601 time. */
    async tokenForBackEnd(
      absent: AbsentUser,
      need: { scopes: readonly string[]; minValidityMs: number },
    ) {
      const { token, expiresAt, scopes } = await tokenForBackEnd(
        { ...dependencies, allowedScopes },
        absent,
        need,
      );
      const expiry = new Date(expiresAt).toISOString();
      return { accessToken: token, tokenType: 'Bearer', expiresAt: expiry, scopes };
    },

    /** What an absent user is asked for, with the scopes that it needs. */
    graphCallFor: ({ user, oid }: AbsentUser, asked: GraphAsk) => {
      const { retainMs } = refreshPolicy;
      const inspect: GraphCall['inspect'] = (status) => assertKept({ retainMs, now }, status);
      const owner = { user, flow: 'code', allowedScopes, inspect } as const;
      return callOf({ owner, oid, actor: 'back_end' }, asked);
    },
  };
}
