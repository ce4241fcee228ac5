import type { GraphAsk } from '../auth/graph/call-graph.ts';
import type { GraphAnswer, GraphRequest } from '../auth/graph/ports.ts';
import { childTraceparent } from '../http/trace-context.ts';
import type { AppRequest } from './app-request.ts';
import type { Handler } from './http.ts';
import type { Reply } from './reply.ts';

/** What of a caller's headers Graph gets to see, and nothing else. */
const forwardedHeaders = [
  'consistencylevel',
  'content-encoding',
  'content-language',
  'content-type',
  'if-match',
  'if-none-match',
  'prefer',
  'range',
];

const maxBodyBytes = 4 * 1024 * 1024;

/** What a request asks of Graph. @param root of our address that stands for Graph's root. */
export async function toGraphAsk(request: AppRequest, root: string): Promise<GraphAsk> {
  const body = request.method === 'GET' ? undefined : await request.body(maxBodyBytes);
  const headers = forwardedHeaders.flatMap((name) => {
    const value = request.header(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    // The list of routes knows no others.
    method: request.method as GraphRequest['method'],
    path: request.path.slice(root.length),
    query: request.queries,
    root,
    headers: Object.fromEntries(headers),
    body,
    ...callOf(request),
  };
}

export function callOf({
  requestId,
  until,
  header,
}: AppRequest): Pick<GraphAsk, 'requestId' | 'traceparent' | 'until'> {
  return {
    requestId,
    until,
    traceparent: childTraceparent(header('traceparent')),
  };
}

export function graphReply({ status, headers, body }: GraphAnswer): Reply {
  return { status, headers, ...(body.length > 0 && { body }) };
}

/** One handler for all methods that the list of Graph routes can name. */
export function everyGraphMethod(handler: Handler): Record<GraphRequest['method'], Handler> {
  return { GET: handler, POST: handler, PUT: handler, PATCH: handler, DELETE: handler };
}
