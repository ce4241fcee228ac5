import type { ProxiedRequest, ProxyRecord } from './fault-proxy.ts';

export type RequestMatcher = (request: Pick<ProxiedRequest, 'method' | 'path' | 'body'>) => boolean;

/** The worker reads a user's whole cache row. */
export function isCacheRead(user: string): RequestMatcher {
  return ({ method, path }) =>
    method === 'GET' && isCacheRow(path, user) && !path.includes('select');
}

/** A lease is taken, or a status changed without its mark. */
export function isCacheMerge(user: string): RequestMatcher {
  return ({ method, path }) => /^(PATCH|MERGE|POST)$/.test(method) && isCacheRow(path, user);
}

/** Cache and mark are written, in one transaction. */
export function isTransaction(user: string): RequestMatcher {
  return ({ path, body }) => path.includes('$batch') && body.includes(user);
}

/** A message is taken off the queue for good. */
export const isMessageDelete: RequestMatcher = ({ method }) => method === 'DELETE';

export const isRefreshCall: RequestMatcher = ({ method, body }) =>
  method === 'POST' && body.includes('grant_type=refresh_token');

/** Requests to the table of users' tokens. */
export function inTokensTable({ path, body }: ProxyRecord): boolean {
  return /^\/devstoreaccount1\/tokens\b/.test(path) || body.includes('/tokens(');
}

function isCacheRow(path: string, user: string): boolean {
  return decodeURIComponent(path).includes(`RowKey='c|${user}|`);
}
