import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ReadRequest, readBody, readTarget, toRpcRequest } from './http-request.ts';
import { sendRpcResponse, sendStatus } from './http-response.ts';
import type { Invoke } from './invocation.ts';
import { describeError, type Log } from './log.ts';
import type { HostedFunction } from './registrations.ts';
import { byPrecedence, matchRoute, parseRoute, type Route, type RouteParams } from './route.ts';

interface RoutedFunction {
  readonly hosted: HostedFunction;
  readonly route: Route;
  readonly methods: readonly string[];
}

interface HttpListenerOptions {
  readonly functions: readonly HostedFunction[];
  readonly routePrefix: string;
  readonly invoke: Invoke;
  readonly log: Log;
}

/** Answers a request. Never rejects. */
export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * Runs the app's HTTP functions. Log lines name the route, never the path or the query of a
 * request: either may hold a secret. @throws for a route that can't be read
 */
export function httpListener(options: HttpListenerOptions): HandleRequest {
  const { invoke, log } = options;
  const table = routeTable(options);
  return async (request, response) => {
    const started = performance.now();
    const { status, route = 'no route' } = await answer(request, response).catch((error) => {
      log('error', describeError(error));
      response.destroy();
      return { status: 0, route: undefined };
    });
    const elapsed = Math.round(performance.now() - started);
    log('information', `${request.method} ${route}: ${status} in ${elapsed} ms`);
  };

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ status: number; route?: string }> {
    const target = readTarget(request);
    if (!target) return refuse(response, 400);
    const found = findRoute(table, request.method ?? '', target.path);
    if (!found) return refuse(response, 404);
    const { hosted, params } = found;
    const body = await readBody(request);
    if (body) await run(hosted, { request, target, params, body }, response);
    else refuse(response, 413);
    return { status: response.statusCode, route: `/${found.route.template}` };
  }

  async function run(
    hosted: HostedFunction,
    read: ReadRequest,
    response: ServerResponse,
  ): Promise<void> {
    const traceParent = read.request.headers['traceparent']?.toString();
    try {
      const result = await invoke(hosted, { data: { http: toRpcRequest(read) }, traceParent });
      sendRpcResponse(response, result.returnValue);
    } catch (error) {
      log('error', `${hosted.name} failed: ${describeError(error)}`);
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      sendStatus(response, 500);
    }
  }
}

function refuse(response: ServerResponse, status: number): { status: number } {
  // What the client may still be sending is not read.
  if (status === 413) response.setHeader('connection', 'close');
  sendStatus(response, status);
  return { status };
}

function routeTable({ functions, routePrefix }: HttpListenerOptions): readonly RoutedFunction[] {
  return functions
    .flatMap((hosted) => {
      const { trigger } = hosted;
      if (trigger.type !== 'httpTrigger') return [];
      const route = parseRoute([routePrefix, trigger.route].filter(Boolean).join('/'));
      return [{ hosted, route, methods: trigger.methods }];
    })
    .sort((a, b) => byPrecedence(a.route, b.route));
}

function findRoute(
  table: readonly RoutedFunction[],
  method: string,
  path: string,
): (RoutedFunction & { params: RouteParams }) | undefined {
  for (const entry of table) {
    const params = entry.methods.includes(method) && matchRoute(entry.route, path);
    if (params) return { ...entry, params };
  }
  return undefined;
}
