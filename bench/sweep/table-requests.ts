import { tokensTable } from '../../src/lib/storage/token-rows.ts';
import type { ProxyRecord } from '../../test/support/fault-proxy.ts';

export const heartbeatsTable = 'heartbeats';

/** What one sweep asked of the tables. */
export interface TableRequests {
  /** Queries for a first page of users' rows. */
  readonly queries: number;
  /** Queries for a page after the first. */
  readonly furtherPages: number;
  /** In the answers to both. */
  readonly rows: number;
  readonly heartbeatWrites: number;
  /** Whatever else it asked. */
  readonly others: number;
}

/** @see https://learn.microsoft.com/rest/api/storageservices/query-entities */
export function countRequests(requests: readonly ProxyRecord[]): TableRequests {
  const queries = requests.filter(isQuery);
  const furtherPages = queries.filter(({ path }) => /[?&]Next(Partition|Row)Key=/.test(path));
  const heartbeatWrites = requests.filter(isHeartbeatWrite).length;
  return {
    queries: queries.length - furtherPages.length,
    furtherPages: furtherPages.length,
    rows: queries.reduce((total, { rows }) => total + rows, 0),
    heartbeatWrites,
    others: requests.length - queries.length - heartbeatWrites,
  };
}

function isQuery({ method, path }: ProxyRecord): boolean {
  return method === 'GET' && path.includes(`/${tokensTable}()`);
}

function isHeartbeatWrite({ method, path }: ProxyRecord): boolean {
  return method !== 'GET' && path.includes(`/${heartbeatsTable}(`);
}
