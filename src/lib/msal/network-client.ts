import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import { TokenError } from '../auth/tokens/token-error.ts';
import type { TokenFault } from '../auth/tokens/token-fault.ts';
import { parseObject } from '../basics/json-object.ts';
import { OutboundError, type OutboundResponse, type Send } from '../http/outbound-request.ts';
import { parseRetryAfter } from '../http/retry-after.ts';

const maxBytes = 1024 * 1024;

/**
 * MSAL's network module for one operation, stricter than its own: a deadline on POST, no
 * redirects, a cap on the body, named hosts only, and nothing but tokens or an error passes as an
 * answer. MSAL reports failures without their status; {@link NetworkClient.failure} keeps it.
 */
export interface NetworkClient extends INetworkModule {
  /** Why the last request brought no tokens; undefined if it did, or none was sent. */
  failure(): unknown;
  /** The access token that was issued last. */
  issued(): string | undefined;
}

export interface NetworkClientOptions {
  send: Send;
  /** Origins that may be asked. */
  tokenOrigins: ReadonlySet<string>;
  /** See {@link TokenFault.severalTenants}. */
  severalTenants: boolean;
  now: () => number;
}

export function createNetworkClient(
  options: NetworkClientOptions & {
    /** Milliseconds for a whole exchange with the endpoint. Default 10 s. */
    deadlineMs?: number;
    /** The body of a good answer; throws for any other. Default: the token endpoint's. */
    processAnswer?: (response: OutboundResponse, asked: Asked) => Record<string, unknown>;
    /** Completes a token answer before MSAL reads it. Default: as it came. */
    complete?: (body: TokenResponse) => TokenResponse;
  },
): NetworkClient {
  const { deadlineMs = 10_000, severalTenants, processAnswer } = options;
  let failure: unknown;
  let issued: string | undefined;

  async function post(url: string, request?: NetworkRequestOptions): Promise<OutboundResponse> {
    if (!options.tokenOrigins.has(new URL(url).origin)) {
      throw new TokenError(noAnswer, new Error('the token endpoint is on a host not allowed'));
    }
    try {
      return await options.send({
        method: 'POST',
        url,
        headers: request?.headers,
        body: request?.body,
        deadlineMs,
        maxBytes,
      });
    } catch (error) {
      throw error instanceof OutboundError ? new TokenError(noAnswer, error) : error;
    }
  }

  const asked = (): Asked => ({ now: options.now(), severalTenants });

  function tokensIn(response: OutboundResponse): TokenResponse {
    const answered = processTokenResponse(response, asked());
    const body = options.complete?.(answered) ?? answered;
    issued = body.access_token;
    return body;
  }

  return {
    failure: () => failure,
    issued: () => issued,

    async sendPostRequestAsync<T>(
      url: string,
      request?: NetworkRequestOptions,
    ): Promise<NetworkResponse<T>> {
      failure = undefined;
      try {
        const response = await post(url, request);
        const body = processAnswer?.(response, asked()) ?? tokensIn(response);
        return { status: response.status, headers: { ...response.headers }, body: body as T };
      } catch (error) {
        failure = error;
        throw error;
      }
    },

    async sendGetRequestAsync<T>(): Promise<NetworkResponse<T>> {
      throw new Error('the authority’s metadata is static: MSAL has nothing to get');
    },
  };
}

export const noAnswer: TokenFault = {
  status: undefined,
  error: undefined,
  suberror: undefined,
  errorCodes: [],
  retryAfterSeconds: undefined,
  traceId: undefined,
  severalTenants: false,
};

/** When an answer came, and what {@link TokenFault.severalTenants} says of whoever asked. */
type Asked = Pick<TokenFault, 'severalTenants'> & { now: number };

/**
 * The body of a successful token response.
 *
 * @throws TokenError for every other answer.
 * @see RFC 6749 sections 5.1 and 5.2
 */
function processTokenResponse(response: OutboundResponse, asked: Asked): TokenResponse {
  const body = parseObject(response.body);
  if (response.status === 200 && body && holdsToken(body)) {
    return { ...body, expires_in: seconds(body['expires_in']) };
  }
  throw new TokenError(faultOf(response, asked));
}

/** What an answer says that brings nothing. */
export function faultOf(response: OutboundResponse, { now, severalTenants }: Asked): TokenFault {
  const body = parseObject(response.body);
  return {
    status: response.status,
    error: text(body?.['error']),
    suberror: text(body?.['suberror']),
    errorCodes: numbers(body?.['error_codes']),
    retryAfterSeconds: parseRetryAfter(response.headers['retry-after'], now),
    traceId: text(body?.['trace_id']),
    severalTenants,
  };
}

/** @see RFC 6749 section 5.1 */
export type TokenResponse = Record<string, unknown> & { access_token: string };

/** A lifetime need not be told; MSAL would take the token for expired. */
const defaultLifetimeSeconds = 3600;

function seconds(value: unknown): number {
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? Math.floor(number) : defaultLifetimeSeconds;
}

function holdsToken(body: Record<string, unknown>): body is TokenResponse {
  return typeof body['access_token'] === 'string' && body['access_token'] !== '';
}

/** Only short plain words are kept: nothing that an error could smuggle into a log. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,64}$/.test(value) ? value : undefined;
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((item) => Number.isSafeInteger(item)).slice(0, 8) : [];
}
