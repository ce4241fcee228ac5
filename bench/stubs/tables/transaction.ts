import type { TableRequest } from './request.ts';
import type { OperationFailure } from './tables.ts';

/**
 * The requests in an entity-group transaction: parts of a multipart body, each an HTTP request.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
 */
export function requestsIn(body: string): TableRequest[] {
  const boundary = /boundary=(changeset_[\w-]+)/.exec(body)?.[1];
  if (boundary === undefined) throw new Error('a transaction without a changeset');
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => requestIn(part.replaceAll('\r\n', '\n')));
}

function requestIn(part: string): TableRequest {
  const [, method = '', url = '', rest = ''] =
    /\n(\w+) (\S+) HTTP\/1\.1\n([\s\S]*)$/.exec(part) ?? [];
  const end = rest.indexOf('\n\n');
  const head = end < 0 ? rest : rest.slice(0, end);
  const headers = new Map(
    head.split('\n').map((line): [string, string] => {
      const [name = '', ...value] = line.split(':');
      return [name.trim().toLowerCase(), value.join(':').trim()];
    }),
  );
  return {
    method,
    path: withoutAccount(url),
    header: (name) => headers.get(name),
    body: end < 0 ? '' : rest.slice(end).trim(),
  };
}

/** Path and query behind the account, which is the first segment of a path on the loopback. */
export function withoutAccount(url: string): string {
  return url.replace(/^(?:https?:\/\/[^/]+)?\/[^/]+/, '');
}

/** The answer to a transaction that has come about. */
export function transactionAnswer(etags: readonly string[]): string {
  return multipart(
    etags.map((etag) => `HTTP/1.1 204 No Content\r\n${etag ? `ETag: ${etag}\r\n` : ''}\r\n`),
  );
}

/** The answer to one that has not: about the operation that failed, alone. */
export function failedTransaction(failure: OperationFailure): string {
  const type = 'Content-Type: application/json;odata=minimalmetadata';
  const line = `HTTP/1.1 ${failure.status} ${failure.code}`;
  return multipart([`${line}\r\n${type}\r\n\r\n${failure.body(failure.index)}\r\n`]);
}

export const transactionType = 'multipart/mixed; boundary=batchresponse_1';

function multipart(parts: readonly string[]): string {
  const type = 'Content-Type: application/http\r\nContent-Transfer-Encoding: binary';
  const changes = parts.map((part) => `--changesetresponse_1\r\n${type}\r\n\r\n${part}\r\n`);
  const head = 'Content-Type: multipart/mixed; boundary=changesetresponse_1';
  return `--batchresponse_1\r\n${head}\r\n\r\n${changes.join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n`;
}
