import { MIMEType } from 'node:util';
import type { GraphAnswer } from '../auth/graph/ports.ts';
import type { OutboundFile } from '../http/outbound-request.ts';

/** Whether Graph has done what it was asked; a redirect to a file is followed before. */
export function isAnswer(status: number): boolean {
  return [200, 201, 202, 204, 206, 304].includes(status);
}

export function isEmpty({ status }: OutboundFile): boolean {
  return status === 204 || status === 304;
}

/** A file is data: no browser shows or runs it as a page of ours. */
export function fileAnswer(response: OutboundFile): GraphAnswer {
  return {
    status: response.status,
    headers: {
      ...keptHeaders(response),
      'content-type': contentType(response.headers['content-type']),
      'content-disposition': 'attachment',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    },
    body: isEmpty(response) ? '' : response.bytes,
  };
}

/** Of a content type what browsers need: the type, and how its text is encoded. */
function contentType(header = ''): string {
  try {
    const { essence, params } = new MIMEType(header);
    const charset = params.get('charset') ?? '';
    return /^[\w.:-]{1,40}$/.test(charset) ? `${essence}; charset=${charset}` : essence;
  } catch {
    return 'application/octet-stream';
  }
}

/** What callers need besides the body. All else that Graph says stays here. */
const keptNames = ['accept-ranges', 'content-range', 'etag', 'last-modified', 'preference-applied'];

export function keptHeaders({ headers }: OutboundFile): Record<string, string> {
  return Object.fromEntries(
    keptNames.flatMap((name) => {
      const value = headers[name];
      return value !== undefined && /^[\x20-\x7e]{1,512}$/.test(value) ? [[name, value]] : [];
    }),
  );
}
