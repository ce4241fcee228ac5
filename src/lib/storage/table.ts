import type { TableClient, TransactionAction } from '@azure/data-tables';
import { lazy } from '../basics/lazy.ts';
import type { StorageConnection } from '../config/config.ts';
import { GoneError } from '../errors.ts';
import {
  boundConnections,
  deadline,
  onContainer,
  retryOptions,
  storageCredential,
} from './connection.ts';
import { anyVersion, type Change, type RowAddress, type StoredRow } from './row.ts';
import { createRowRequests } from './row-requests.ts';
import { assertRowsFit } from './row-size.ts';

/** Rows with keys from `from` up to and without `to`, of one partition. */
export interface RowRange {
  partitionKey: string;
  from: string;
  to: string;
  /** Leaves out rows with one of these values in a column, twelve at most. Empty: rows without a value. */
  without?: { column: string; values: readonly string[] };
}

/** All rows of the partitions whose keys come before one. */
export interface PartitionRange {
  before: string;
}

/**
 * One table of Azure Table Storage, made at its first use.
 *
 * Methods throw ConflictError (409, 412), GoneError (404), AppError `misconfigured` (401, 403, and for
 * rows that are too large) and `temporarily_unavailable` (all else, and no answer in time).
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api
 */
export interface Table {
  readonly name: string;
  /** The row, or undefined. Only the properties named in `select`, if given. */
  get(address: RowAddress, select?: readonly string[]): Promise<StoredRow | undefined>;
  /** @returns the row's new ETag; empty after a delete. */
  change(change: Change): Promise<string>;
  /** All of the changes or none, at most 100, in one partition. @returns as {@link change} for the first. */
  changeAll(changes: readonly Change[]): Promise<string>;
  /** Pages of rows in the order of their keys. A page may be empty, if others follow. */
  query(range: RowRange | PartitionRange, select: readonly string[]): AsyncIterable<StoredRow[]>;
}

/** @param rows plain requests, which come before the SDK's: tables of an account can share them. */
export function createTable(
  name: string,
  connection: StorageConnection,
  rows = createRowRequests(connection),
): Table {
  const connect = lazy(() => createClient(name, connection));
  const create = (table: TableClient) => table.createTable({ abortSignal: deadline() });
  const withTable = <T>(operation: (table: TableClient) => Promise<T>) =>
    onContainer(connect, create, operation);

  return {
    name,
    async get({ partitionKey, rowKey }, select) {
      const since = Date.now();
      const found = await rows.get(name, { partitionKey, rowKey }, select);
      if (found) return found.row;
      const queryOptions = select && { queryOptions: { select: [...select] } };
      try {
        return await withTable(async (table) => {
          const options = { ...queryOptions, abortSignal: deadline(since) };
          const entity = await table.getEntity(partitionKey, rowKey, options);
          return { ...entity, partitionKey, rowKey };
        });
      } catch (error) {
        if (error instanceof GoneError) return undefined;
        throw error;
      }
    },

    async change(change) {
      assertRowsFit([change]);
      const since = Date.now();
      const changed = await rows.change(name, [change]);
      if (changed) return changed.etag;
      return withTable((table) => applyChange(table, change, deadline(since)));
    },

    async changeAll(changes) {
      assertRowsFit(changes);
      const since = Date.now();
      const changed = await rows.change(name, changes);
      if (changed) return changed.etag;
      return withTable((table) => applyAll(table, changes, deadline(since)));
    },

    async *query(range, select) {
      const filter = await filterOf(range);
      const columns = ['PartitionKey', 'RowKey', ...select];
      let continuation: string | undefined;
      do {
        const page = await withTable(async (table) => {
          const pages = table
            .listEntities({ queryOptions: { filter, select: columns }, abortSignal: deadline() })
            .byPage({
              maxPageSize: 1000,
              ...(continuation && { continuationToken: continuation }),
            });
          const { value } = await pages.next();
          return value;
        });
        continuation = page?.continuationToken;
        if (page && (page.length > 0 || continuation)) yield [...page] as StoredRow[];
      } while (continuation);
    },
  };
}

/** Keys first: the service finds the first row by its key, and reads no row that is not in the range. */
async function filterOf(range: RowRange | PartitionRange): Promise<string> {
  const { odata } = await import('@azure/data-tables');
  if ('before' in range) return odata`PartitionKey lt ${range.before}`;
  const { partitionKey, from, to, without } = range;
  const keys = odata`PartitionKey eq ${partitionKey} and RowKey ge ${from} and RowKey lt ${to}`;
  // A comparison with a column that a row lacks is false.
  const others = without?.values.map((value) =>
    value === '' ? `${without.column} ne ''` : `not (${without.column}${odata` eq ${value}`})`,
  );
  return [keys, ...(others ?? [])].join(' and ');
}

async function createClient(name: string, connection: StorageConnection): Promise<TableClient> {
  const tables = await import('@azure/data-tables');
  const additionalPolicies = [{ policy: boundConnections, position: 'perRetry' as const }];
  const options = { retryOptions, additionalPolicies, allowInsecureConnection: true };
  return connection.kind === 'connection-string'
    ? tables.TableClient.fromConnectionString(connection.connectionString, name, options)
    : new tables.TableClient(
        connection.tableServiceUri,
        name,
        await storageCredential(connection),
        options,
      );
}

async function applyChange(
  table: TableClient,
  change: Change,
  abortSignal: AbortSignal,
): Promise<string> {
  switch (change.kind) {
    case 'insert':
      return (await table.createEntity(change.row, { abortSignal })).etag ?? '';
    case 'upsert':
      return (await table.upsertEntity(change.row, 'Replace', { abortSignal })).etag ?? '';
    case 'replace':
    case 'merge': {
      const mode = change.kind === 'merge' ? 'Merge' : 'Replace';
      const options = { etag: change.etag, abortSignal };
      return (await table.updateEntity(change.row, mode, options)).etag ?? '';
    }
    case 'delete': {
      const { partitionKey, rowKey } = change.row;
      const etag = change.etag ?? anyVersion;
      await table.deleteEntity(partitionKey, rowKey, { etag, abortSignal });
      return '';
    }
  }
}

/** The SDK's transactions delete any version: where it matters which, that goes first, on its own. */
async function applyAll(
  table: TableClient,
  changes: readonly Change[],
  abortSignal: AbortSignal,
): Promise<string> {
  const isAlone = (change: Change) => change.kind === 'delete' && change.etag !== undefined;
  for (const change of changes.filter(isAlone)) await applyChange(table, change, abortSignal);
  const actions = changes.filter((change) => !isAlone(change)).map(toAction);
  if (actions.length === 0) return '';
  const response = await table.submitTransaction(actions, { abortSignal });
  const isFirst = changes[0] !== undefined && !isAlone(changes[0]);
  return (isFirst && response.subResponses[0]?.etag) || '';
}

function toAction(change: Change): TransactionAction {
  switch (change.kind) {
    case 'insert':
      return ['create', change.row];
    case 'upsert':
      return ['upsert', change.row, 'Replace'];
    case 'replace':
      return ['update', change.row, 'Replace', { etag: change.etag }];
    case 'merge':
      return ['update', change.row, 'Merge', { etag: change.etag }];
    case 'delete':
      return ['delete', change.row];
  }
}
