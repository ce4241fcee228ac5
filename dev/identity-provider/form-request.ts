import { IncomingMessage } from 'node:http';

const maxBytes = 64 * 1024;

/** The body of a form post. @throws {RangeError} above 64 KiB */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('the body is already decoded');
    size += chunk.length;
    if (size > maxBytes) throw new RangeError('the form is too large');
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/**
 * `request` once more, with another body: a stream is read only once, and oidc-provider wants to
 * read the form itself.
 */
export function withForm(request: IncomingMessage, form: URLSearchParams): IncomingMessage {
  const body = Buffer.from(form.toString());
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? 'POST';
  copy.url = request.url ?? '/';
  copy.httpVersion = request.httpVersion;
  copy.httpVersionMajor = request.httpVersionMajor;
  copy.httpVersionMinor = request.httpVersionMinor;
  copy.headers = { ...request.headers, 'content-length': String(body.length) };
  delete copy.headers['transfer-encoding'];
  // An incomplete message would take the connection with it when it is destroyed.
  copy.complete = true;
  copy.push(body);
  copy.push(null);
  return copy;
}
