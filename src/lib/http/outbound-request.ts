import type { Agent, IncomingMessage, request as Request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { lazy } from '../lazy.ts';
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
  const connect = createTransports();
  return async (request) => {
    const until = Date.now() + request.deadlineMs;
    const transport = await connect(request.url);
    const first = await exchange(transport, request);
    const waitMs = longestWaitMs > 0 ? waitBefore(request, first) : undefined;
    const leftMs = until - Date.now() - (waitMs ?? 0);
    if (waitMs === undefined || waitMs > longestWaitMs || leftMs <= 0) return first;
    await sleep(waitMs);
    return exchange(transport, { ...request, deadlineMs: leftMs });
  };
}

/** What speaks a URL's scheme. */
interface Transport {
  request: typeof Request;
  agent: Agent;
}

function createTransports(): (url: string) => Promise<Transport> {
  const keepAlive = true;
  const http = lazy(async () => {
    const { request, Agent } = await import('node:http');
    return { request, agent: new Agent({ keepAlive }) };
  });
  const https = lazy(async () => {
    const { request, Agent } = await import('node:https');
    return { request, agent: new Agent({ keepAlive }) };
  });
  return (url) => (url.startsWith('https:') ? https() : http());
}

/** @throws OutboundError */
function exchange({ request, agent }: Transport, asked: OutboundRequest): Promise<OutboundFile> {
  const { method, url, body, deadlineMs, maxBytes } = asked;
  // Of some methods Node sends a body without saying where it ends.
  const size = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const headers = { ...asked.headers, ...size };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers });
    const fail = (kind: OutboundError['kind'], cause?: unknown) => {
      reject(new OutboundError(kind, url, cause));
      outgoing.destroy();
    };
    const timer = setTimeout(() => fail('timeout'), deadlineMs);
    outgoing.on('close', () => clearTimeout(timer));
    outgoing.on('error', (cause) => fail('network', cause));
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('error', (cause) => fail('network', cause));
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) fail('too-large');
        else chunks.push(chunk);
      });
      incoming.on('end', () => resolve(answerOf(incoming, Buffer.concat(chunks, length))));
    });
    outgoing.end(body);
  });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, bytes: Buffer): OutboundFile {
  const named = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  return {
    status: statusCode,
    headers: Object.fromEntries(named),
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
