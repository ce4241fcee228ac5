import type { GraphCall } from '../../src/lib/auth/graph/ask-graph.ts';
import { callGraph } from '../../src/lib/auth/graph/call-graph.ts';
import type { GraphAnswer, GraphClient, GraphRequest } from '../../src/lib/auth/graph/ports.ts';
import { createRejectionRefreshes } from '../../src/lib/auth/graph/rejected-token.ts';
import type { TokenRecord } from '../../src/lib/auth/ports.ts';
import { createUnmetChallenges } from '../../src/lib/auth/tokens/claims-challenge.ts';
import { createRefreshing } from './refreshing.ts';

/** A GET of the user's messages, as the core hands it to the client. */
export function graphRequest(fields: Partial<GraphRequest> = {}): GraphRequest {
  return {
    method: 'GET',
    path: '/me/messages',
    query: '',
    headers: {},
    body: undefined,
    isFile: false,
    ownUrl: 'https://app.example.com/graph',
    oid: 'oid-1',
    requestId: 'request-1',
    until: Number.POSITIVE_INFINITY,
    traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
    ...fields,
  };
}

/** A 200 with JSON. */
export function jsonAnswer(value: unknown): GraphAnswer {
  return { status: 200, headers: {}, body: JSON.stringify(value) };
}

/** A user who calls Graph, which answers by token. What the answer throws is its failure. */
export async function createGraphCalls(
  answer: (token: string, request: GraphRequest) => GraphAnswer,
  { allowedScopes = ['User.Read'], ...fields }: Partial<Allowed & TokenRecord> = {},
) {
  const refreshing = await createRefreshing(fields);
  const { user, instance } = refreshing;
  /** Tokens that Graph was called with. */
  const tokens: string[] = [];
  const graph: GraphClient = {
    resolve: () => {
      throw new Error('the request is resolved before');
    },
    call: async (token, request) => {
      tokens.push(token);
      return answer(token, request);
    },
  };
  const here = {
    ...instance(),
    ...{ graph, unmetChallenges: createUnmetChallenges() },
    rejectionRefreshes: createRejectionRefreshes(refreshing.clock.now),
  };
  return {
    ...refreshing,
    calledWith: tokens,
    call: (asked: Partial<Omit<GraphCall, 'request'>> = {}, request: Partial<GraphRequest> = {}) =>
      callGraph(here, {
        ...{ user, flow: 'code', scopes: ['User.Read'], allowedScopes },
        ...asked,
        request: graphRequest(request),
      }),
  };
}

interface Allowed {
  allowedScopes: readonly string[];
}
