import type { IncomingMessage } from 'node:http';

/** @see https://learn.microsoft.com/graph/throttling-limits for requests that aren't uploads */
const maxBytes = 4 * 1024 * 1024;

export interface RequestBody {
  /** Nothing when it is too large. */
  readonly content: Buffer;
  readonly length: number;
  readonly tooLarge: boolean;
}

/** Reads all of it, however large, and keeps up to 4 MB. */
export async function readBody(request: IncomingMessage): Promise<RequestBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the body is already decoded');
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  }
  const tooLarge = length > maxBytes;
  return { content: tooLarge ? Buffer.alloc(0) : Buffer.concat(chunks), length, tooLarge };
}
