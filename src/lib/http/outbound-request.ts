import type { HttpClient, HttpMethods, PipelineResponse } from '@azure/core-rest-pipeline';

/** A request to a server that we call. */
export interface OutboundRequest {
  method: HttpMethods;
  url: string;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | undefined;
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

/** A sender that keeps connections open between calls. */
export function createSend(): Send {
  let client: HttpClient | undefined;
  return async (request) => {
    const pipeline = await import('@azure/core-rest-pipeline');
    client ??= pipeline.createDefaultHttpClient();
    const deadline = AbortSignal.timeout(request.deadlineMs);
    try {
      const response = await client.sendRequest(
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
      return {
        status: response.status,
        headers: response.headers.toJSON(),
        body: await readBody(response, request),
      };
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      throw new OutboundError(deadline.aborted ? 'timeout' : 'network', request.url, error);
    }
  };
}

async function readBody(response: PipelineResponse, request: OutboundRequest): Promise<string> {
  const stream = response.readableStreamBody;
  if (!stream) return response.bodyAsText ?? '';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (length > request.maxBytes) throw new OutboundError('too-large', request.url);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
