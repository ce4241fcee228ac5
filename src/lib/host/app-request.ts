import type { HttpRequest } from '@azure/functions';
import { AppError } from '../errors.ts';
import { readCookies } from '../http/cookies.ts';
import type { GuardedRequest } from '../http/request-guard.ts';

const maxUrlLength = 8_192;

/** Who called, for whom, and for what: no names of people, and no secrets. */
export interface Audit {
  /** Of the caller, with {@link userAgent}, where the client itself is what counts. */
  address?: string | undefined;
  userAgent?: string | undefined;
  /** Client id of the back end. */
  client?: string;
  user?: string;
  scopes?: readonly string[];
}

/** A request as routes see it. */
export interface AppRequest extends GuardedRequest {
  requestId: string;
  /** Milliseconds since the epoch: the caller is told that it took too long soon after. */
  until: number;
  path: string;
  /** @throws AppError `invalid_request` if the parameter is there more than once. */
  query(name: string): string | undefined;
  queries: URLSearchParams;
  /** Of the route's template, decoded. */
  param(name: string): string | undefined;
  /** @throws AppError `invalid_request` if there are more bytes. */
  body(maxBytes: number): Promise<Uint8Array | undefined>;
  cookie(name: string): string | undefined;
  /** A person's browser is going here, and will show what comes. */
  wantsHtml: boolean;
  /** What the request's log line calls its user, once that is known. */
  user?: string;
  /** What the audit event of the call says besides its outcome, as far as it is known. */
  audit: Audit;
}

/** @throws AppError `invalid_request` if the URL is too long. */
export function toAppRequest(
  request: HttpRequest,
  { requestId, until }: Pick<AppRequest, 'requestId' | 'until'>,
): AppRequest {
  // The library joins repeated parameters in its `query`; the URL tells them apart.
  const url = new URL(request.url);
  if (url.href.length > maxUrlLength) {
    throw new AppError('invalid_request', { detail: 'The URL is too long.' });
  }
  const header = (name: string) => request.headers.get(name) ?? undefined;
  let cookies: Record<string, string | undefined> | undefined;
  return {
    method: request.method,
    requestId,
    until,
    audit: {},
    path: url.pathname,
    header,
    query(name) {
      const [value, ...more] = url.searchParams.getAll(name);
      if (more.length === 0) return value || undefined;
      throw new AppError('invalid_request', { detail: `${name} is there more than once.` });
    },
    queries: url.searchParams,
    param: (name) => request.params[name],
    async body(maxBytes) {
      const tooLong = Number(header('content-length') ?? 0) > maxBytes;
      const bytes = new Uint8Array(tooLong ? [] : await request.arrayBuffer());
      if (tooLong || bytes.length > maxBytes) {
        throw new AppError('invalid_request', { detail: `The body has over ${maxBytes} bytes.` });
      }
      return bytes.length > 0 ? bytes : undefined;
    },
    cookie(name) {
      cookies ??= readCookies(request.headers.get('cookie'));
      return cookies[name];
    },
    wantsHtml:
      header('sec-fetch-mode') === 'navigate' || (header('accept') ?? '').includes('text/html'),
  };
}
