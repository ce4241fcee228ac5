import type { IncomingMessage, RequestListener } from 'node:http';
import { Failure } from './failure.ts';
import { parseFilter } from './filter.ts';
import { addressOf, operationOf, type TableRequest, tableOf } from './request.ts';
import { createTables, type Entity, OperationFailure, type Tables } from './tables.ts';
import {
  failedTransaction,
  requestsIn,
  transactionAnswer,
  transactionType,
  withoutAccount,
} from './transaction.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const noContent = 204;
const usualPage = 1000;

/**
 * As much of the Tables REST interface as the product uses, in memory. It asks for no credential.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api
 */
export function tableService(): RequestListener {
  const tables = createTables();
  return async (incoming, response) => {
    const request = await read(incoming);
    const { status, headers, body } = answerTo(tables, request);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body ?? '') });
    response.end(body);
  };
}

async function read(incoming: IncomingMessage): Promise<TableRequest> {
  let body = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming) body += chunk;
  return {
    method: incoming.method ?? '',
    path: withoutAccount(incoming.url ?? ''),
    header: (name) => incoming.headers[name]?.toString(),
    body,
  };
}

function answerTo(tables: Tables, request: TableRequest): Answer {
  try {
    return route(tables, request);
  } catch (error) {
    if (!(error instanceof Failure)) return { status: 400, body: String(error) };
    const headers = { 'content-type': 'application/json', 'x-ms-error-code': error.code };
    return { status: error.status, headers, body: error.body() };
  }
}

function route(tables: Tables, request: TableRequest): Answer {
  const { method, path, body } = request;
  if (path.startsWith('/$batch')) return transact(tables, body);
  if (method === 'POST' && path === '/Tables') {
    tables.create((JSON.parse(body) as { TableName: string }).TableName);
    return { status: noContent };
  }
  if (method === 'GET') return find(tables, request);
  const operation = operationOf(request);
  if (!operation) return { status: 405 };
  const [etag] = tables.change([operation]);
  return { status: noContent, ...(etag && { headers: { etag } }) };
}

function transact(tables: Tables, body: string): Answer {
  const headers = { 'content-type': transactionType };
  const operations = requestsIn(body).map((request) => {
    const operation = operationOf(request);
    if (!operation) throw new Error(`${request.method} in a transaction`);
    return operation;
  });
  try {
    return { status: 202, headers, body: transactionAnswer(tables.change(operations)) };
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    return { status: 202, headers, body: failedTransaction(error) };
  }
}

function find(tables: Tables, { path, header }: TableRequest): Answer {
  const [plain = '', search = ''] = path.split('?');
  const query = new URLSearchParams(search);
  const isPlain = (header('accept') ?? '').includes('nometadata');
  const select = query.get('$select')?.split(',');
  const view = (entity: Entity) => viewOf(entity, { isPlain, select });
  const type = { 'content-type': `application/json;odata=${isPlain ? 'no' : 'minimal'}metadata` };

  const address = addressOf(plain);
  if (address) {
    const entity = tables.get(address);
    return {
      status: 200,
      headers: { ...type, etag: entity.etag },
      body: JSON.stringify(view(entity)),
    };
  }
  const { page, next } = pageOf(tables, tableOf(plain) ?? '', query);
  return {
    status: 200,
    headers: { ...type, ...next },
    body: JSON.stringify({ value: page.map(view) }),
  };
}

function pageOf(tables: Tables, table: string, query: URLSearchParams) {
  const filter = parseFilter(query.get('$filter') ?? '');
  const from = [query.get('NextPartitionKey') ?? '', query.get('NextRowKey') ?? ''];
  const size = Number(query.get('$top') ?? usualPage);
  const rest = tables
    .list(table, filter.partitionKey)
    .filter(({ properties }) => filter.passes(properties) && !isBefore(keysOf(properties), from));
  const next = rest[size] && keysOf(rest[size].properties);
  return {
    page: rest.slice(0, size),
    next: next && {
      'x-ms-continuation-nextpartitionkey': next[0] ?? '',
      'x-ms-continuation-nextrowkey': next[1] ?? '',
    },
  };
}

function keysOf({ PartitionKey, RowKey }: Entity['properties']): string[] {
  return [String(PartitionKey), String(RowKey)];
}

function isBefore([partition = '', row = '']: string[], [p = '', r = '']: string[]): boolean {
  return partition === p ? row < r : partition < p;
}

/** The properties that are asked for, with what says of which type they are if that is. */
function viewOf(
  { etag, properties }: Entity,
  { isPlain, select }: { isPlain: boolean; select: readonly string[] | undefined },
): Record<string, unknown> {
  const wanted = Object.entries(properties).filter(([name]) => {
    const [property = '', annotation] = name.split('@');
    return !(isPlain && annotation !== undefined) && (select?.includes(property) ?? true);
  });
  return { ...(!isPlain && { 'odata.etag': etag }), ...Object.fromEntries(wanted) };
}
