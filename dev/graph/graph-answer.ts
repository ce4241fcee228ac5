import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { Fault } from '../identity-provider/faults.ts';
import { type GraphError, type GraphRequestIds, graphErrorBody } from './graph-error.ts';

/** All of an answer, its headers included. */
export interface GraphAnswer {
  readonly status: number;
  /** An object is sent as JSON. */
  readonly body?: object | string;
  /** Bytes, instead of `body`. */
  readonly content?: Iterable<Uint8Array>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every answer tells its own id, and the caller's if there was one. */
export function requestIdsOf(request: IncomingMessage): GraphRequestIds {
  const requestId = randomUUID();
  const given = request.headers['client-request-id'];
  return { requestId, clientRequestId: typeof given === 'string' ? given : requestId };
}

/** `answer` with what all of Graph's have. */
export function withGraphHeaders(answer: GraphAnswer, ids: GraphRequestIds): GraphAnswer {
  return {
    ...answer,
    headers: {
      ...(answer.body !== undefined && { 'content-type': contentTypeOf(answer.body) }),
      'cache-control': 'no-cache',
      'odata-version': '4.0',
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      ...answer.headers,
    },
  };
}

/** @param challenge the `WWW-Authenticate` header of an error that is a 401 */
export function errorAnswer(
  error: GraphError,
  ids: GraphRequestIds,
  challenge: string,
): GraphAnswer {
  return {
    status: error.status,
    body: graphErrorBody(error, ids),
    headers: error.status === 401 ? { 'www-authenticate': challenge } : {},
  };
}

/** What a token gets that is no good at all. */
export function invalidTokenChallenge(tenantId: string): string {
  return `Bearer realm="", authorization_uri="https://login.microsoftonline.com/${tenantId}/oauth2/authorize", error="invalid_token"`;
}

/** @returns the status, 0 when the connection was cut */
export function send(
  response: ServerResponse,
  ids: GraphRequestIds,
  fault: Fault,
  answer: GraphAnswer | undefined,
): number {
  const sent = fault.kind === 'answer' ? withGraphHeaders(fault, ids) : answer;
  if (fault.kind === 'reset' || !sent) {
    response.socket?.destroy();
    return 0;
  }
  response.writeHead(sent.status, sent.headers);
  const { body, content } = sent;
  // A caller that goes away early is no failure.
  if (content) pipeline(Readable.from(content, { objectMode: false }), response, () => {});
  else if (body === undefined) response.end();
  else response.end(typeof body === 'string' ? body : JSON.stringify(body));
  return sent.status;
}

function contentTypeOf(body: object | string): string {
  return typeof body === 'string'
    ? 'text/html; charset=utf-8'
    : 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
}
