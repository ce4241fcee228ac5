import type {
  HttpClient,
  HttpMethods,
  Pipeline,
  PipelineResponse,
  RetryStrategy,
} from '@azure/core-rest-pipeline';
import { parseRetryAfter } from './retry-after.ts';

/** A request to a server that we call. */
export interface OutboundRequest {
  method: HttpMethods;
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
 *   more if the answer says to wait no longer. Default: nothing is.
 */
export function createSend({
  longestWaitMs = 0,
} = {}): (request: OutboundRequest) => Promise<OutboundFile> {
  let client: HttpClient | undefined;
  let sender: Pipeline | undefined;
  return async (request) => {
    const pipeline = await import('@azure/core-rest-pipeline');
    client ??= pipeline.createDefaultHttpClient();
    sender ??= pipeline.createEmptyPipeline();
    if (longestWaitMs > 0 && sender.getOrderedPolicies().length === 0) {
      sender.addPolicy(pipeline.retryPolicy([shortWaits(longestWaitMs)], { maxRetries: 1 }));
    }
    const deadline = AbortSignal.timeout(request.deadlineMs);
    try {
      const response = await sender.sendRequest(
        client,
        pipeline.createPipelineRequest({
          method: request.method,
          url: request.url,
          headers: pipeline.createHttpHeaders(request.headers),
          ...(request.body !== undefined && { body: request.body }),
          abortSignal: deadline,
          allowInsecureConnection: true,
          streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
        }),
      );
      const bytes = await readBody(response, request);
      return {
        status: response.status,
        headers: response.headers.toJSON(),
        bytes,
        get body() {
          return bytes.toString('utf8');
        },
      };
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      throw new OutboundError(deadline.aborted ? 'timeout' : 'network', request.url, error);
    }
  };
}

/** @see RFC 9110 section 10.2.3 */
function shortWaits(longestWaitMs: number): RetryStrategy {
  return {
    name: 'shortWaits',
    retry({ response }) {
      const isSafe = response?.status === 503 && response.request.method === 'GET';
      if (!response || !(isSafe || response.status === 429)) return { skipStrategy: true };
      const seconds = parseRetryAfter(response.headers.get('retry-after'), Date.now());
      if (seconds === undefined || seconds * 1000 > longestWaitMs) return { skipStrategy: true };
      return { retryAfterInMs: seconds * 1000 };
    },
  };
}

async function readBody(response: PipelineResponse, request: OutboundRequest): Promise<Buffer> {
  const stream = response.readableStreamBody;
  if (!stream) return Buffer.from(response.bodyAsText ?? '');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > request.maxBytes) throw new OutboundError('too-large', request.url);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
