import type { IncomingMessage, ServerResponse } from 'node:http';
import { FaultRules } from '../identity-provider/faults.ts';
import type { StandInUser } from '../identity-provider/users.ts';
import { listenOnLoopback } from '../loopback-servers.ts';
import { type TokenIssuer, type Verified, verifyAccessToken } from './access-token.ts';
import { errorAnswer, type GraphAnswer, requestIdsOf, send } from './graph-answer.ts';
import { methodNotAllowed, unknownSegment, userNotFound } from './graph-error.ts';
import { answerRoute, type RouteOutput, routes } from './routes.ts';

export interface GraphOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Whose access tokens are accepted, and who the users are. */
  readonly identityProvider: TokenIssuer & { readonly users: readonly StandInUser[] };
}

/** One request; never its token. */
export interface GraphCall {
  /** ISO 8601, when the request arrived. */
  readonly at: string;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly userOid?: string;
  /** 0 when the connection was cut. */
  readonly status: number;
}

/** What a fault rule can match. */
export interface GraphSubject {
  readonly method: string;
  readonly path: string;
  /** Absent without a valid token. */
  readonly userOid: string | undefined;
}

/** The laptop's stand-in for Microsoft Graph, running. */
export interface Graph {
  /** `http://localhost:PORT`; resources are below `/v1.0`. */
  readonly origin: string;
  /** The application's settings that make it use this Graph. */
  settings(): Record<string, string>;
  /** The last 10,000 requests, oldest first. */
  readonly calls: readonly GraphCall[];
  readonly faults: FaultRules<GraphSubject>;
  close(): Promise<void>;
}

const keptCalls = 10_000;

/** @throws when the port is taken */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const { identityProvider } = options;
  const users = new Map(identityProvider.users.map((user) => [user.oid, user]));
  const calls: GraphCall[] = [];
  const faults = new FaultRules<GraphSubject>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new Date(Date.now()).toISOString();
    const { method = 'GET' } = request;
    const url = new URL(request.url ?? '/', server.origin);
    const path = url.pathname;
    const ids = requestIdsOf(request);
    const verified = await verifyAccessToken(request.headers.authorization, identityProvider);
    const userOid = 'caller' in verified ? verified.caller.userOid : undefined;
    let answer: GraphAnswer | undefined;
    const fault = await faults.around({ method, path, userOid }, async () => {
      const output = resolve(method, url, verified);
      answer =
        'error' in output
          ? errorAnswer(output.error, ids, identityProvider.tenantId)
          : { status: 200, body: output.body, headers: {} };
    });
    const status = send(response, ids, fault, answer);
    calls.push({ at, method, path, status, ...(userOid ? { userOid } : {}) });
    if (calls.length > keptCalls) calls.shift();
  };

  function resolve(method: string, url: URL, verified: Verified): RouteOutput {
    if ('refusal' in verified) return { error: verified.refusal };
    const { userOid, scopes } = verified.caller;
    const candidates = routes.filter(({ path }) => path === url.pathname);
    const route = candidates.find((candidate) => candidate.method === method);
    if (!route) return { error: candidates[0] ? methodNotAllowed : unknownSegment(url.pathname) };
    const user = users.get(userOid);
    if (!user) return { error: userNotFound };
    return answerRoute(route, { origin: server.origin, user, scopes, query: url.searchParams });
  }

  const server = await listenOnLoopback(options.port ?? 0, (request, response) => {
    request.resume();
    serve(request, response).catch(() => response.destroy());
  });
  return {
    origin: server.origin,
    settings: () => ({ GRAPH_BASE_URL: server.origin }),
    calls,
    faults,
    close: async () => {
      faults.clear();
      await server.close();
    },
  };
}
