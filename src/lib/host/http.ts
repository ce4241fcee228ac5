import { randomUUID } from 'node:crypto';
import {
  app,
  type Cookie,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
} from '@azure/functions';
import type { AppCore } from '../app-core.ts';
import type { Audit } from '../auth/audit.ts';
import { traceIdOf } from '../auth/tokens/token-error.ts';
import { inTime } from '../basics/in-time.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { loginUrl } from '../http/login-url.ts';
import { problemPage } from '../http/pages/problem-page.ts';
import { problemHeaders, toProblem } from '../http/problem-details.ts';
import { assertOwnSite, type OwnSite } from '../http/request-guard.ts';
import { securityHeaders } from '../http/security-headers.ts';
import type { DescribedRoute } from '../openapi/document.ts';
import type { Operation } from '../openapi/operation.ts';
import { coreIfConfigured, getCore } from './app.ts';
import { type AppRequest, toAppRequest } from './app-request.ts';
import { describeError, inInvocation, log } from './log.ts';
import { html, type Reply } from './reply.ts';

/** Answers a request. Errors that it throws become problem details. */
export type Handler = (request: AppRequest, core: AppCore) => Promise<Reply>;

/** Answers a request whether or not the app is configured. */
export type BareHandler = (request: AppRequest) => Promise<Reply>;

export interface Route extends DescribedRoute {
  name: string;
  methods: Readonly<Partial<Record<HttpMethod, BareHandler>>>;
  /** What other methods get. Default: 405. */
  otherwise?: BareHandler;
  /** Takes note of every call, of those as well that no handler gets to see. */
  audit?: (call: AuditedCall) => void;
}

export interface AuditedCall extends Audit {
  /** `ok`, or the code of the problem that the caller was told. */
  outcome: ErrorCode | 'ok';
  status: number;
  /** Entra's, of a token request that failed. */
  traceId?: string;
}

/** Every route takes all methods, so that the answer to a wrong one is ours. */
const everyMethod: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Milliseconds in which a caller has an answer, whatever else doesn't answer. */
const answerWithinMs = 11_000;

/** Milliseconds in which the work for it ends: nothing is begun of which the caller can't hear. */
const workWithinMs = 10_500;

/** A route with a description of every method that it has; `HEAD` is as `GET`. */
export type FullyDescribed<Method extends HttpMethod, H> = Omit<Route, 'methods'> & {
  methods: Readonly<Record<Method, H>>;
  operations: Readonly<Record<Exclude<NoInfer<Method>, 'HEAD'>, Operation>>;
};

const routes: Route[] = [];

/** All that are registered. */
export function registeredRoutes(): readonly DescribedRoute[] {
  return routes;
}

/** Registers a route: guards, headers, errors and the log line come with it. */
export function registerRoute<Method extends HttpMethod>(
  route: FullyDescribed<Method, Handler>,
): void {
  const methods = Object.entries<Handler>(route.methods).map(([method, handle]) => [
    method,
    (request: AppRequest) => handle(request, getCore()),
  ]);
  register({ ...route, methods: Object.fromEntries(methods) });
}

/** As {@link registerRoute}, for a route that answers whatever the settings are. */
export function registerBareRoute<Method extends HttpMethod>(
  route: FullyDescribed<Method, BareHandler>,
): void {
  register(route);
}

function register(route: Route): void {
  routes.push(route);
  app.http(route.name, {
    route: route.route,
    methods: everyMethod,
    authLevel: 'anonymous',
    handler: (request, context) => {
      const requestId = randomUUID();
      return inInvocation({ context, requestId }, () => answer(route, request, requestId));
    },
  });
}

async function answer(
  route: Route,
  request: HttpRequest,
  requestId: string,
): Promise<HttpResponseInit> {
  const startedAt = performance.now();
  const { reply, error, appRequest } = await dispatch(route, request, requestId);
  const audit = appRequest?.audit;
  // When the answer is on its way: what it loads would keep the first caller of an instance waiting.
  setImmediate(() => coreIfConfigured()?.catchUp());
  log.info('request', {
    route: route.name,
    method: request.method,
    status: reply.status,
    ...(error && { code: error.code }),
    ...(audit?.user && { user: audit.user }),
    ms: Math.round(performance.now() - startedAt),
  });
  const traceId = traceIdOf(error);
  route.audit?.({
    ...audit,
    outcome: error?.code ?? 'ok',
    status: reply.status,
    ...(traceId && { traceId }),
  });
  return render(route, reply, requestId);
}

async function dispatch(
  route: Route,
  request: HttpRequest,
  requestId: string,
): Promise<{ reply: Reply; error?: AppError; appRequest: AppRequest | undefined }> {
  let appRequest: AppRequest | undefined;
  try {
    appRequest = toAppRequest(request, { requestId, until: Date.now() + workWithinMs });
    return { reply: await inTime(handle(route, appRequest), answerWithinMs), appRequest };
  } catch (thrown) {
    const error = thrown instanceof AppError ? thrown : new AppError('internal', {}, thrown);
    if (error.status >= 500) log.error('failed', { error: describeError(error) });
    const reply = renderError(route, error, requestId, appRequest);
    return { reply, error, appRequest };
  }
}

async function handle(route: Route, request: AppRequest): Promise<Reply> {
  const handler = route.methods[request.method as HttpMethod] ?? route.otherwise;
  if (!handler) throw new AppError('method_not_allowed', { allow: Object.keys(route.methods) });
  // Before the guards, so that refused callers are recorded too.
  if (route.kind === 'program') Object.assign(request.audit, request.client);
  assertOwnSite(request, route.kind, ownSite());
  return handler(request);
}

/** Undefined while the app is misconfigured. */
function ownSite(): OwnSite | undefined {
  const core = coreIfConfigured();
  return core && { origin: core.publicBaseUrl, cookies: core.cookies.all };
}

function renderError(
  route: Route,
  error: AppError,
  requestId: string,
  request: AppRequest | undefined,
): Reply {
  const { login } = error.public;
  const core = login && coreIfConfigured();
  const problem = toProblem(error, {
    requestId,
    loginUrl: core && loginUrl(core.publicBaseUrl, login),
  });
  const headers = problemHeaders(error);
  if (route.kind === 'page' && request?.wantsHtml) {
    const page = html(problemPage(problem), error.status);
    return { ...page, headers: { ...page.headers, ...headers } };
  }
  return {
    status: error.status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...headers },
    body: JSON.stringify(problem),
  };
}

function render(route: Route, reply: Reply, requestId: string): HttpResponseInit {
  const { status, headers, cookies = [], body } = reply;
  const secure = coreIfConfigured()?.cookies.secure ?? true;
  return {
    status,
    headers: { ...securityHeaders(route.kind, secure), 'x-request-id': requestId, ...headers },
    // Not as headers: the host sends only the last of several.
    cookies: cookies.map(
      ({ name, value, maxAge }): Cookie => ({
        name,
        value,
        maxAge,
        path: '/',
        httpOnly: true,
        secure,
        sameSite: 'Lax',
      }),
    ),
    ...(body !== undefined && { body }),
  };
}
