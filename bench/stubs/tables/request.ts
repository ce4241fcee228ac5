import type { Address, Operation, Properties } from './tables.ts';

/** A request to the service, or a part of a transaction, which has the same form. */
export interface TableRequest {
  readonly method: string;
  /** Path without the account, percent-encoded, and query. */
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

const address = /^\/(\w+)\(PartitionKey='((?:[^']|'')*)',\s?RowKey='((?:[^']|'')*)'\)$/;

/** The one entity that a path names, if it does. */
export function addressOf(path: string): Address | undefined {
  const [, table, partitionKey, rowKey] = address.exec(decodeURIComponent(path)) ?? [];
  if (table === undefined || partitionKey === undefined || rowKey === undefined) return undefined;
  const unquote = (key: string) => key.replaceAll("''", "'");
  return { table, partitionKey: unquote(partitionKey), rowKey: unquote(rowKey) };
}

/** A table's name in the path of an insert or a query. */
export function tableOf(path: string): string | undefined {
  return /^\/(\w+)(?:\(\))?$/.exec(decodeURIComponent(path))?.[1];
}

const kinds: Readonly<Record<string, Operation['kind']>> = {
  PUT: 'replace',
  PATCH: 'merge',
  MERGE: 'merge',
  DELETE: 'delete',
};

/** The change of an entity that a request asks for, if it does. */
export function operationOf({ method, path, header, body }: TableRequest): Operation | undefined {
  const [plain = ''] = path.split('?');
  const named = addressOf(plain);
  if (method === 'POST') {
    const table = tableOf(plain);
    return table === undefined ? undefined : insertOf(table, propertiesIn(body));
  }
  const kind = kinds[method];
  if (!named || !kind) return undefined;
  return { ...named, kind, properties: propertiesIn(body), ifMatch: header('if-match') };
}

function insertOf(table: string, properties: Properties): Operation {
  const { PartitionKey: partitionKey, RowKey: rowKey } = properties;
  if (typeof partitionKey !== 'string' || typeof rowKey !== 'string') throw new Error('no keys');
  return { table, partitionKey, rowKey, kind: 'insert', properties };
}

function propertiesIn(body: string): Properties {
  return body === '' ? {} : (JSON.parse(body) as Properties);
}
