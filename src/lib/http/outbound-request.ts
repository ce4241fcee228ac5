import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { lazy } from '../basics/lazy.ts';
import { parseRetryAfter } from './retry-after.ts';

/** A request to a server that we call. */
export interface OutboundRequest {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | Uint8Array | undefined;
  /** Milliseconds for the whole exchange, body included. */
  deadlineMs: number;
  /** A larger answer is refused, not cut. */
  maxBytes: number;
}

/** An answer of any status. Header names are in lower case. */
export interface OutboundResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** An answer, and its body as it came. */
export interface OutboundFile extends OutboundResponse {
  bytes: Uint8Array;
}

/**
 * Sends one request, once: no redirect is followed and nothing is retried.
 *
 * @throws OutboundError when no whole answer came in time.
 */
export type Send = (request: OutboundRequest) => Promise<OutboundResponse>;

/** No usable answer. The message names the origin, never a path, a query or a body. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly kind: 'timeout' | 'network' | 'too-large';

  constructor(kind: OutboundError['kind'], url: string, cause?: unknown) {
    super(`${kind} calling ${new URL(url).origin}`, { cause });
    this.kind = kind;
  }
}

/**
 * A sender that keeps connections open between calls.
 *
 * @param longestWaitMs a request that is answered 429, or a GET that is answered 503, is sent once
 *   more if the answer says to wait no longer, and its deadline leaves the time. Default: nothing is.
 */
export function createSend({
  longestWaitMs = 0,
} = {}): (request: OutboundRequest) => Promise<OutboundFile> {
  const connect = lazy(createDispatcher);
  return async (request) => {
    const until = Date.now() + request.deadlineMs;
    const dispatcher = await connect();
    const first = await exchange(dispatcher, request);
    const waitMs = longestWaitMs > 0 ? waitBefore(request, first) : undefined;
    const leftMs = until - Date.now() - (waitMs ?? 0);
    if (waitMs === undefined || waitMs > longestWaitMs || leftMs <= 0) return first;
    await sleep(waitMs);
    return exchange(dispatcher, { ...request, deadlineMs: leftMs });
  };
}

/** Milliseconds in which a connection is there. */
const connectMs = 3_000;

/** Connections to one origin that are open at once; further requests wait for one of them. */
export const maxConnections = 64;

/** Milliseconds for which a connection is kept that nobody uses, unless its server says otherwise. */
const idleMs = 30_000;

/** Connections as they are needed, up to a number, and kept. Deadlines are each request's own. */
async function createDispatcher(): Promise<Dispatcher> {
  const { Agent } = (await import('undici')).default;
  const noTimeouts = { headersTimeout: 0, bodyTimeout: 0 };
  return new Agent({
    allowH2: false,
    connect: { timeout: connectMs },
    connections: maxConnections,
    keepAliveTimeout: idleMs,
    ...noTimeouts,
  });
}

/** @throws OutboundError */
function exchange(dispatcher: Dispatcher, asked: OutboundRequest): Promise<OutboundFile> {
  const { method, url, headers, body, deadlineMs, maxBytes } = asked;
  const { origin, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let failure: OutboundError | undefined;
    const fail = (kind: OutboundError['kind'], cause?: unknown) => {
      failure ??= new OutboundError(kind, url, cause);
      clearTimeout(timer);
      reject(failure);
      controller?.abort(failure);
    };
    const timer = setTimeout(() => fail('timeout'), deadlineMs);
    const chunks: Buffer[] = [];
    let length = 0;
    let answered: Pick<OutboundFile, 'status' | 'headers'>;
    dispatcher.dispatch(
      { origin, path: pathname + search, method, headers: { ...headers }, body: body ?? null },
      {
        onRequestStart(started) {
          controller = started;
          if (failure) started.abort(failure);
        },
        onResponseStart(_, status, incoming) {
          answered = { status, headers: inWords(incoming) };
        },
        onResponseData(_, chunk) {
          length += chunk.length;
          if (length > maxBytes) fail('too-large');
          else chunks.push(chunk);
        },
        onResponseEnd() {
          clearTimeout(timer);
          resolve(withBody(answered, Buffer.concat(chunks, length)));
        },
        onResponseError: (_, cause) => fail('network', cause),
      },
    );
  });
}

function inWords(headers: IncomingHttpHeaders): Record<string, string> {
  const words = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return Object.fromEntries(words);
}

function withBody(answered: Pick<OutboundFile, 'status' | 'headers'>, bytes: Buffer): OutboundFile {
  return {
    ...answered,
    bytes,
    get body() {
      return bytes.toString('utf8');
    },
  };
}

/**
 * Milliseconds after which a request may be sent again, if at all.
 *
 * @see RFC 9110 section 10.2.3
 */
function waitBefore({ method }: OutboundRequest, response: OutboundResponse): number | undefined {
  const isSafe = response.status === 503 && method === 'GET';
  if (!isSafe && response.status !== 429) return undefined;
  const seconds = parseRetryAfter(response.headers['retry-after'], Date.now());
  return seconds === undefined ? undefined : seconds * 1000;
}
