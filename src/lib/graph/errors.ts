import { parseObject } from '../basics/json-object.ts';
import { AppError } from '../errors.ts';
import type { OutboundResponse } from '../http/outbound-request.ts';
import { parseRetryAfter } from '../http/retry-after.ts';

/** @see https://learn.microsoft.com/graph/errors */
export function toGraphError(response: OutboundResponse, now: number): AppError {
  const { status, headers } = response;
  const more = graphRequestId(response);
  const wait = parseRetryAfter(headers['retry-after'], now);
  const retryAfterSeconds = wait ?? 5;
  switch (status) {
    case 401:
      return new AppError('reauth_required', {
        ...more,
        detail: 'Microsoft Graph does not accept your access token. Sign in again.',
        reason: 'token_rejected',
        login: {},
      });
    case 403:
      return new AppError('forbidden', { ...more, detail: 'Microsoft Graph does not allow this.' });
    case 404:
      return new AppError('not_found', { ...more, detail: 'Microsoft Graph has nothing there.' });
    case 429:
    case 509:
      return new AppError('throttled', { ...more, retryAfterSeconds });
    case 503:
    case 504:
      return new AppError('temporarily_unavailable', { ...more, retryAfterSeconds });
  }
  // Graph says when to come back: it is to be asked again then, whatever it calls that.
  if (status >= 500 && wait !== undefined) {
    return new AppError('temporarily_unavailable', { ...more, retryAfterSeconds });
  }
  if (status < 400 || status >= 500) return badAnswer(response);
  return new AppError('graph_error', { ...more, graph: { status, code: graphCode(response) } });
}

export function badAnswer(
  response: OutboundResponse,
  detail = 'Microsoft Graph gave an answer that is not usable.',
): AppError {
  return new AppError('bad_gateway', { ...graphRequestId(response), detail });
}

function graphRequestId({ headers }: OutboundResponse): { graphRequestId?: string } {
  const requestId = headers['request-id'];
  return requestId && /^[\w-]{1,64}$/.test(requestId) ? { graphRequestId: requestId } : {};
}

function graphCode(response: OutboundResponse): string | undefined {
  const error = parseObject(response.body)?.['error'];
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[\w.-]{1,128}$/.test(code) ? code : undefined;
}
