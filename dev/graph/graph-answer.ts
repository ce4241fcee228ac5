import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from '../identity-provider/faults.ts';
import { type GraphError, type GraphRequestIds, graphErrorBody } from './graph-error.ts';

export interface GraphAnswer {
  readonly status: number;
  readonly body: object | string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every answer tells its own id, and the caller's if there was one. */
export function requestIdsOf(request: IncomingMessage): GraphRequestIds {
  const requestId = randomUUID();
  const given = request.headers['client-request-id'];
  return { requestId, clientRequestId: typeof given === 'string' ? given : requestId };
}

export function errorAnswer(
  error: GraphError,
  ids: GraphRequestIds,
  tenantId: string,
): GraphAnswer {
  const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/${tenantId}/oauth2/authorize", error="invalid_token"`;
  return {
    status: error.status,
    body: graphErrorBody(error, ids),
    headers: error.status === 401 ? { 'www-authenticate': challenge } : {},
  };
}

/** @returns the status, 0 when the connection was cut */
export function send(
  response: ServerResponse,
  ids: GraphRequestIds,
  fault: Fault,
  answer: GraphAnswer | undefined,
): number {
  const sent = fault.kind === 'answer' ? fault : answer;
  if (fault.kind === 'reset' || !sent) {
    response.socket?.destroy();
    return 0;
  }
  const text = typeof sent.body === 'string';
  response.writeHead(sent.status, {
    'content-type': text
      ? 'text/html; charset=utf-8'
      : 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'cache-control': 'no-cache',
    'odata-version': '4.0',
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
    ...sent.headers,
  });
  response.end(text ? sent.body : JSON.stringify(sent.body));
  return sent.status;
}
