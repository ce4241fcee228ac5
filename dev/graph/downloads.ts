import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { StoredFile } from './drive.ts';
import type { GraphAnswer } from './graph-answer.ts';

const prefix = '/download/';
const keptTickets = 1_000;

/**
 * Files under pre-authenticated URLs, as SharePoint serves them: outside `/v1.0`, and to whoever
 * knows the URL. A request with an `Authorization` header is refused: the caller has passed on its
 * token to where it doesn't belong. {@link GraphCall} tells of it by `authorized`.
 */
export class Downloads {
  readonly #files = new Map<string, StoredFile>();

  /** A new path for `file`. */
  pathFor(file: StoredFile): string {
    const ticket = randomBytes(24).toString('base64url');
    this.#files.set(ticket, file);
    const [oldest] = this.#files.keys();
    if (this.#files.size > keptTickets && oldest !== undefined) this.#files.delete(oldest);
    return prefix + ticket;
  }

  /** @returns undefined for a path that is not one of downloads */
  answer(method: string, path: string, headers: IncomingHttpHeaders): GraphAnswer | undefined {
    if (!path.startsWith(prefix)) return undefined;
    if (headers.authorization !== undefined) {
      return refusal(401, 'unauthenticated', 'This URL is authorized by itself.');
    }
    const file = this.#files.get(path.slice(prefix.length));
    if (!file) return refusal(404, 'itemNotFound', 'The URL is not known, or has expired.');
    if (method !== 'GET') return refusal(405, 'invalidRequest', 'Only GET is allowed.');
    return serve(file, headers.range);
  }
}

/** @see RFC 9110 section 14 */
function serve({ name, mimeType, etag, content }: StoredFile, header?: string): GraphAnswer {
  const range = parseRange(header, content.size);
  if (range === 'unsatisfiable') {
    const { body, headers } = refusal(416, 'invalidRange', 'There is nothing in that range.');
    return {
      status: 416,
      body,
      headers: { ...headers, 'content-range': `bytes */${content.size}` },
    };
  }
  const { start, end } = range ?? { start: 0, end: content.size };
  return {
    status: range ? 206 : 200,
    content: content.read(start, end),
    headers: {
      'content-type': mimeType,
      'content-length': String(end - start),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'accept-ranges': 'bytes',
      etag,
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${content.size}` }),
    },
  };
}

interface Range {
  readonly start: number;
  /** The first byte that is not in it. */
  readonly end: number;
}

/** One range; undefined, hence all of it, for anything else. */
function parseRange(header = '', size: number): Range | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : 'unsatisfiable';
}

function refusal(status: number, code: string, message: string) {
  return {
    status,
    body: { error: { code, message } },
    headers: { 'content-type': 'application/json' },
  };
}
