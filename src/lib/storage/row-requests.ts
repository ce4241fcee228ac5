import { tokensTooLarge } from '../auth/tokens/too-large.ts';
import { parseObject } from '../basics/json-object.ts';
import type { StorageConnection } from '../config/config.ts';
import { AppError, ConflictError, GoneError } from '../errors.ts';
import { createSend, OutboundError, type OutboundResponse } from '../http/outbound-request.ts';
import { type ChangeRequest, changeRequest, transactionRequest } from './change-request.ts';
import { operationDeadlineMs } from './connection.ts';
import { entityPath, inJson, toValues } from './entity.ts';
import type { Change, RowAddress, StoredRow } from './row.ts';
import { tooLargeCodes } from './storage-error.ts';
import { tableAccess } from './table-access.ts';

/**
 * Requests for rows that are one plain HTTP request each, for less than half of
 * the CPU that `@azure/data-tables` takes. Where it is not clear what has become of one they resolve to undefined:
 * then the SDK is to be asked, which tries again, makes missing tables, and knows what failures mean.
 *
 * Methods throw AppError `temporarily_unavailable` if there is no answer in time.
 */
export interface RowRequests {
  get(
    table: string,
    address: RowAddress,
    select?: readonly string[],
  ): Promise<{ row: StoredRow | undefined } | undefined>;
  /**
   * Makes all of the changes or none.
   *
   * @returns the ETag of the first row; empty after a delete.
   * @throws ConflictError (409, 412), GoneError (404), AppError as {@link tokensTooLarge}
   */
  change(table: string, changes: readonly Change[]): Promise<{ etag: string } | undefined>;
}

/** A request that the SDK was asked to make once more. */
export interface RepeatedRequest {
  table: string;
  /** Of a transaction `POST`. */
  method: string;
  /**
   * Of a transaction the failed part's, if it has parts. Undefined: there was no answer, or no
   * token to ask with.
   */
  status: number | undefined;
}

/** A row is 1 MiB at most, and a third more in base64. */
const maxBytes = 2 * 1024 * 1024;

/**
 * @param repeated is told of each request that leaves the work to the SDK, but for those that find
 *   no table.
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api
 */
export function createRowRequests(
  connection: StorageConnection,
  repeated: (request: RepeatedRequest) => void = () => {},
): RowRequests {
  const access = tableAccess(connection);
  if (!access) return { get: async () => undefined, change: async () => undefined };
  const { url, authorize } = access;
  const root = new URL(url).pathname.replace(/\/$/, '');
  const send = createSend();

  /** @returns undefined if it is not known whether the request has arrived. */
  async function ask(
    { path, headers, ...request }: ChangeRequest,
    query = '',
  ): Promise<OutboundResponse | undefined> {
    try {
      return await send({
        ...{ ...request, url: url + path + query, deadlineMs: operationDeadlineMs, maxBytes },
        headers: { ...headers, ...(await authorize(root + path)) },
      });
    } catch (error) {
      const isLate = error instanceof OutboundError && error.kind === 'timeout';
      if (isLate) throw new AppError('temporarily_unavailable', {}, error);
      if (error instanceof AppError) throw error;
      return undefined;
    }
  }

  function leaveToSdk(table: string, { method }: ChangeRequest, status?: number): undefined {
    if (status !== 404) repeated({ table, method, status });
  }

  return {
    async get(table, address, select) {
      const request = { method: 'GET', path: entityPath(table, address), headers: inJson };
      const answer = await ask(request, select ? `?$select=${select}` : '');
      if (answer?.status === 404) return { row: undefined };
      const entity = answer?.status === 200 && parseObject(answer.body);
      const etag = answer?.headers['etag'];
      if (!entity || !etag) return leaveToSdk(table, request, answer?.status);
      return { row: { ...toValues(entity), ...address, etag } };
    },

    async change(table, changes) {
      const [only, ...more] = changes;
      if (only && more.length === 0) {
        const request = changeRequest(table, only);
        const answer = await ask(request);
        return (answer && outcomeOf(answer)) ?? leaveToSdk(table, request, answer?.status);
      }
      const request = transactionRequest(table, changes, url);
      const answer = await ask(request);
      const part = answer && firstPart(answer);
      return (part && outcomeOf(part)) ?? leaveToSdk(table, request, (part ?? answer)?.status);
    },
  };
}

/**
 * A transaction's parts are answers themselves: one for each change, or one for the change that
 * failed. A transaction that is too large as a whole has none.
 */
function firstPart({ status, body }: OutboundResponse): OutboundResponse | undefined {
  if (status === 413) return { status, headers: {}, body };
  const [, partStatus] = /^HTTP\/1\.1 (\d{3})/m.exec(body) ?? [];
  if (status !== 202 || !partStatus) return undefined;
  const [, etag = ''] = /^etag: *(.+?)\r?$/im.exec(body) ?? [];
  return { status: Number(partStatus), headers: { etag }, body };
}

/** @throws ConflictError, GoneError, AppError as {@link tokensTooLarge} */
function outcomeOf({ status, headers, body }: OutboundResponse): { etag: string } | undefined {
  if (status === 204) return { etag: headers['etag'] ?? '' };
  if (status === 413 || (status === 400 && tooLargeCodes.test(body))) throw tokensTooLarge();
  if (status === 409 || status === 412) throw new ConflictError('the row has changed');
  if (status === 404 && /"ResourceNotFound"/.test(body)) throw new GoneError('the row is gone');
  return undefined;
}
