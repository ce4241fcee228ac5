import type { Clock, GraphClient } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { OutboundError, type OutboundResponse, type Send } from '../http/outbound-request.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import { parseObject } from '../json-object.ts';

const deadlineMs = 8_000;
const maxBytes = 4 * 1024 * 1024;

/** Microsoft Graph v1.0 over an injected sender. */
export function createGraphClient({
  baseUrl,
  send,
  now,
}: {
  baseUrl: string;
  send: Send;
  now: Clock;
}): GraphClient {
  async function get(
    path: string,
    accessToken: string,
    requestId: string,
  ): Promise<OutboundResponse> {
    try {
      return await send({
        method: 'GET',
        url: `${baseUrl}/v1.0${path}`,
        headers: {
          authorization: `Bearer ${accessToken}`,
          accept: 'application/json',
          'client-request-id': requestId,
        },
        deadlineMs,
        maxBytes,
      });
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const code = error.kind === 'too-large' ? 'bad_gateway' : 'temporarily_unavailable';
      throw new AppError(code, { detail: 'Microsoft Graph did not answer.' }, error);
    }
  }

  return {
    async me(accessToken, requestId) {
      const response = await get('/me', accessToken, requestId);
      if (response.status !== 200) throw toGraphError(response, now());
      const id = parseObject(response.body)?.['id'];
      if (typeof id !== 'string') throw badAnswer();
      return { id, json: response.body };
    },
  };
}

/** @see https://learn.microsoft.com/graph/errors */
function toGraphError(response: OutboundResponse, now: number): AppError {
  const { status, headers } = response;
  const requestId = headers['request-id'];
  const more = requestId && /^[\w-]{1,64}$/.test(requestId) ? { graphRequestId: requestId } : {};
  const retryAfterSeconds = parseRetryAfter(headers['retry-after'], now) ?? 5;
  switch (status) {
    case 401:
      return new AppError('reauth_required', { ...more, reason: 'token_rejected', login: {} });
    case 403:
      return new AppError('forbidden', { ...more, detail: 'Microsoft Graph does not allow this.' });
    case 404:
      return new AppError('not_found', { ...more, detail: 'Microsoft Graph has nothing there.' });
    case 429:
      return new AppError('throttled', { ...more, retryAfterSeconds });
    case 503:
    case 504:
      return new AppError('temporarily_unavailable', { ...more, retryAfterSeconds });
  }
  if (status < 400 || status >= 500) return badAnswer(more);
  return new AppError('graph_error', { ...more, graph: { status, code: graphCode(response) } });
}

function badAnswer(more: { graphRequestId?: string } = {}): AppError {
  return new AppError('bad_gateway', {
    ...more,
    detail: 'Microsoft Graph gave an answer that is not usable.',
  });
}

function graphCode(response: OutboundResponse): string | undefined {
  const error = parseObject(response.body)?.['error'];
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[\w.-]{1,128}$/.test(code) ? code : undefined;
}
