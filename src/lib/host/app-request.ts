import type { HttpRequest } from '@azure/functions';
import { AppError } from '../errors.ts';
import { readCookies } from '../http/cookies.ts';
import type { GuardedRequest } from '../http/request-guard.ts';

const maxUrlLength = 8_192;

/** A request as routes see it. */
export interface AppRequest extends GuardedRequest {
  requestId: string;
  path: string;
  /** @throws AppError `invalid_request` if the parameter is there more than once. */
  query(name: string): string | undefined;
  cookie(name: string): string | undefined;
  /** A person's browser is going here, and will show what comes. */
  wantsHtml: boolean;
  /** What the request's log line calls its user, once that is known. */
  user?: string;
}

/** @throws AppError `invalid_request` if the URL is too long. */
export function toAppRequest(request: HttpRequest, requestId: string): AppRequest {
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
    path: url.pathname,
    header,
    query(name) {
      const [value, ...more] = url.searchParams.getAll(name);
      if (more.length === 0) return value || undefined;
      throw new AppError('invalid_request', { detail: `${name} is there more than once.` });
    },
    cookie(name) {
      cookies ??= readCookies(request.headers.get('cookie'));
      return cookies[name];
    },
    wantsHtml:
      header('sec-fetch-mode') === 'navigate' || (header('accept') ?? '').includes('text/html'),
  };
}
