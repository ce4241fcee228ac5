import { randomUUID } from 'node:crypto';
import { entityPath, inJson, toEntity } from './entity.ts';
import { anyVersion, type Change } from './row.ts';

/** A request that changes rows; `path` is below the tables' own. */
export interface ChangeRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const json = { 'content-type': 'application/json', ...inJson };

/** @see https://learn.microsoft.com/rest/api/storageservices/operations-on-entities */
export function changeRequest(table: string, change: Change): ChangeRequest {
  const path = entityPath(table, change.row);
  switch (change.kind) {
    case 'insert': {
      const headers = { ...json, prefer: 'return-no-content' };
      return { method: 'POST', path: `/${table}`, headers, body: toEntity(change.row) };
    }
    case 'upsert':
      return { method: 'PUT', path, headers: json, body: toEntity(change.row) };
    case 'replace':
    case 'merge': {
      const method = change.kind === 'merge' ? 'PATCH' : 'PUT';
      const headers = { ...json, 'if-match': change.etag };
      return { method, path, headers, body: toEntity(change.row) };
    }
    case 'delete':
      return {
        method: 'DELETE',
        path,
        headers: { ...json, 'if-match': change.etag ?? anyVersion },
      };
  }
}

/**
 * Several changes in one: all or none.
 *
 * @param url of the tables.
 * @see https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
 */
export function transactionRequest(
  table: string,
  changes: readonly Change[],
  url: string,
): ChangeRequest {
  const [batch, changeset] = [`batch_${randomUUID()}`, `changeset_${randomUUID()}`];
  const parts = changes.map((change) => part(changeRequest(table, change), url));
  const body = [
    `--${batch}`,
    `content-type: multipart/mixed; boundary=${changeset}`,
    '',
    ...parts.flatMap((lines) => [`--${changeset}`, ...lines]),
    `--${changeset}--`,
    `--${batch}--`,
    '',
  ].join('\r\n');
  const headers = { ...json, 'content-type': `multipart/mixed; boundary=${batch}` };
  return { method: 'POST', path: '/$batch', headers, body };
}

function part({ method, path, headers, body = '' }: ChangeRequest, url: string): string[] {
  return [
    'content-type: application/http',
    'content-transfer-encoding: binary',
    '',
    `${method} ${url}${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ];
}
