import type { IncomingMessage, ServerResponse } from 'node:http';
import { FaultRules } from '../identity-provider/faults.ts';
import type { StandInUser } from '../identity-provider/users.ts';
import { listenOnLoopback } from '../loopback-servers.ts';
import { type TokenIssuer, verifyAccessToken } from './access-token.ts';
import { ClaimsChallenges } from './claims-challenges.ts';
import { Downloads } from './downloads.ts';
import { type GraphAnswer, requestIdsOf, send } from './graph-answer.ts';
import { type GraphCall, GraphCallLog, recordedHeaders } from './graph-calls.ts';
import { newGraphService } from './graph-service.ts';
import { RejectedTokens } from './rejected-tokens.ts';
import { readBody } from './request-body.ts';

export type { GraphCall } from './graph-calls.ts';

export interface GraphOptions {
  /** 0 or absent: any free one. */
  readonly port?: number;
  /** Whose access tokens are accepted, and who the users are. */
  readonly identityProvider: TokenIssuer & { readonly users: readonly StandInUser[] };
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
  /** Valid tokens that are refused all the same. */
  readonly challenges: ClaimsChallenges;
  /** The same, without a word on why. */
  readonly rejected: RejectedTokens;
  close(): Promise<void>;
}

/** @throws when the port is taken */
export async function startGraph(options: GraphOptions): Promise<Graph> {
  const { identityProvider } = options;
  const log = new GraphCallLog();
  const faults = new FaultRules<GraphSubject>();
  const challenges = new ClaimsChallenges();
  const rejected = new RejectedTokens();
  const downloads = new Downloads();
  const service = newGraphService({ identityProvider, challenges, rejected, downloads });

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new Date(Date.now()).toISOString();
    const { method = 'GET', headers } = request;
    const url = new URL(request.url ?? '/', server.origin);
    const path = url.pathname;
    const ids = requestIdsOf(request);
    const body = await readBody(request);
    const verified = await verifyAccessToken(headers.authorization, identityProvider);
    const userOid = 'caller' in verified ? verified.caller.userOid : undefined;
    let answer: GraphAnswer | undefined;
    const fault = await faults.around({ method, path, userOid }, async () => {
      answer =
        downloads.answer(method, path, headers) ??
        service.answer({ method, url, headers, body, verified, ids });
    });
    const status = send(response, ids, fault, answer);
    log.add({
      at,
      method,
      path,
      query: url.search,
      headers: recordedHeaders(headers),
      authorized: headers.authorization !== undefined,
      bodyBytes: body.length,
      status,
      ...(userOid ? { userOid } : {}),
    });
  };

  const server = await listenOnLoopback(options.port ?? 0, (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  return {
    origin: server.origin,
    settings: () => ({ GRAPH_BASE_URL: server.origin }),
    calls: log.calls,
    faults,
    challenges,
    rejected,
    close: async () => {
      faults.clear();
      await server.close();
    },
  };
}
