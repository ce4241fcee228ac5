import type { IncomingMessage } from 'node:http';
import { decodePath, encodePath } from './request-path.ts';
import type { RouteParams } from './route.ts';
import type { RpcHttpData, RpcNullable } from './rpc.ts';

/** Where a request wants to go. */
export interface RequestTarget {
  /** Decoded, as routes match it. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

const maxBodyBytes = 10 * 1024 * 1024;

/** Undefined for a target that the host refuses. */
export function readTarget(request: IncomingMessage): RequestTarget | undefined {
  const target = (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '');
  const at = target.indexOf('?');
  const raw = at < 0 ? target : target.slice(0, at);
  const path = decodePath(raw === '' ? '/' : raw);
  return path === undefined ? undefined : { path, query: at < 0 ? '' : target.slice(at) };
}

/** Undefined when the body is larger than 10 MB. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection stays open, so that a refusal can be sent on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export interface ReadRequest {
  readonly request: IncomingMessage;
  readonly target: RequestTarget;
  readonly params: RouteParams;
  readonly body: Buffer;
}

/** The request as the host hands it to the worker, buffered. */
export function toRpcRequest({ request, target, params, body }: ReadRequest): RpcHttpData {
  const host = request.headers.host ?? `localhost:${request.socket.localPort}`;
  const query = target.query === '?' ? '' : target.query;
  return {
    method: request.method ?? 'GET',
    url: `http://${host}${encodePath(target.path)}${query}`,
    nullableHeaders: nullable(joined([...headerPairs(request), ...addedHeaders(request)], ',')),
    nullableQuery: nullable(joined(new URLSearchParams(query), ',')),
    nullableParams: nullable(new Map(Object.entries(params))),
    body: body.length > 0 ? { bytes: body } : null,
  };
}

function* headerPairs({ rawHeaders }: IncomingMessage): Iterable<[string, string]> {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const value = rawHeaders[index + 1];
    // The worker asks the host to leave empty headers out.
    if (value) yield [rawHeaders[index]?.toLowerCase() ?? '', value];
  }
}

/** As the front end does in Azure: who asked is added to whatever the request says of it. */
function addedHeaders({ socket }: IncomingMessage): [string, string][] {
  const { remoteAddress = '', remotePort } = socket;
  const address = remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress;
  return [['x-forwarded-for', `${address}:${remotePort}`]];
}

/** Repeated names are one, whatever their case, with their values joined. */
function joined(pairs: Iterable<[string, string]>, separator: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const values = new Map<string, string>();
  for (const [given, value] of pairs) {
    const name = names.get(given.toLowerCase()) ?? given;
    names.set(given.toLowerCase(), name);
    const earlier = values.get(name);
    values.set(name, earlier === undefined ? value : earlier + separator + value);
  }
  return values;
}

function nullable(values: ReadonlyMap<string, string>): Record<string, RpcNullable<string>> {
  return Object.fromEntries([...values].map(([name, value]) => [name, { value }]));
}
