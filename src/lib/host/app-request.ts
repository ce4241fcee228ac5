import type { HttpRequest } from '@azure/functions';
import type { Audit } from '../auth/audit.ts';
import type { ClientDescription } from '../auth/session/ports.ts';
import { AppError } from '../errors.ts';
import { describeClient } from '../http/client-description.ts';
import { readCookies } from '../http/cookies.ts';
import type { GuardedRequest } from '../http/request-guard.ts';

const maxUrlLength = 8_192;
/** Four sign-ins under way, a session, and cookies of others on the same host. */
const maxCookieLength = 16_384;
const maxHeaderLength = 10_240;
/** No route takes more. */
const maxBodyBytes = 4 * 1024 * 1024;

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
  /** Who asks, as it appears from outside. */
  client: ClientDescription;
  /**
   * What the audit event of the call says besides its outcome, as far as it is known; its user is
   * the log line's too.
   */
  audit: Audit;
}

/** @throws AppError `invalid_request` if the URL, a header or the body is too long. */
export function toAppRequest(
  request: HttpRequest,
  { requestId, until }: Pick<AppRequest, 'requestId' | 'until'>,
): AppRequest {
  // The library joins repeated parameters in its `query`; the URL tells them apart.
  const url = new URL(request.url);
  if (url.href.length > maxUrlLength) {
    throw new AppError('invalid_request', { detail: 'The URL is too long.' });
  }
  for (const [name, value] of request.headers) {
    if (value.length > (name === 'cookie' ? maxCookieLength : maxHeaderLength)) {
      throw new AppError('invalid_request', { detail: 'A header is too long.' });
    }
  }
  const header = (name: string) => request.headers.get(name) ?? undefined;
  assertLength(Number(header('content-length') ?? 0), maxBodyBytes);
  let cookies: Record<string, string | undefined> | undefined;
  return {
    method: request.method,
    requestId,
    until,
    audit: {},
    path: url.pathname,
    header,
    get client() {
      return describeClient(header);
    },
    query(name) {
      const [value, ...more] = url.searchParams.getAll(name);
      if (more.length === 0) return value || undefined;
      throw new AppError('invalid_request', { detail: `${name} is there more than once.` });
    },
    queries: url.searchParams,
    param: (name) => request.params[name],
    async body(maxBytes) {
      assertLength(Number(header('content-length') ?? 0), maxBytes);
      const bytes = new Uint8Array(await request.arrayBuffer());
      assertLength(bytes.length, maxBytes);
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

function assertLength(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new AppError('invalid_request', { detail: `The body has over ${maxBytes} bytes.` });
}
