import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { AccessToken } from '@azure/identity';
import { createSingleFlight } from '../auth/tokens/single-flight.ts';
import { withoutSlash } from '../basics/address.ts';
import { inTime } from '../basics/in-time.ts';
import { lazy } from '../basics/lazy.ts';
import type { StorageConnection } from '../config/config.ts';
import { parseConnectionString } from '../config/connection-string.ts';
import { operationDeadlineMs, storageCredential } from './connection.ts';

/** Where an account's tables are, and what shows that we may read them. */
export interface TableAccess {
  /** No slash at its end. */
  url: string;
  /**
   * Headers for a request.
   *
   * @param path of the URL, without the query.
   * @throws AppError `temporarily_unavailable` if there is no token in time.
   */
  authorize(path: string): Promise<Record<string, string>>;
}

/** @see https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
const version = { 'x-ms-version': '2019-02-02' };

/** Undefined for a connection string with a signature: only the SDK sends it. */
export function tableAccess(connection: StorageConnection): TableAccess | undefined {
  if (connection.kind === 'identity') return accessByIdentity(connection);
  const account = parseConnectionString(connection.connectionString);
  if (account.kind === 'signature') return undefined;
  return accessByKey(account.tableUrl, account.name, createSecretKey(account.key, 'base64'));
}

/** @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key#shared-key-lite-and-table-service-format-for-2009-09-19-and-later */
function accessByKey(url: string, account: string, key: KeyObject): TableAccess {
  return {
    url,
    async authorize(path) {
      const date = new Date().toUTCString();
      const signed = createHmac('sha256', key).update(`${date}\n/${account}${path}`);
      const authorization = `SharedKeyLite ${account}:${signed.digest('base64')}`;
      return { ...version, 'x-ms-date': date, authorization };
    },
  };
}

const scope = 'https://storage.azure.com/.default';
/** Milliseconds before its end at which a token is of no use any more. */
const marginMs = 2 * 60 * 1000;

/**
 * The identity is asked for another token on the side while the last one is good: it may be away
 * for hours, and nobody waits for it.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
 */
function accessByIdentity(
  connection: Extract<StorageConnection, { kind: 'identity' }>,
): TableAccess {
  const credential = lazy(() => storageCredential(connection));
  let current: AccessToken | undefined;
  const asking = createSingleFlight<AccessToken>();

  async function ask(): Promise<AccessToken> {
    const token = await (await credential()).getToken(scope);
    if (!token) throw new Error('the identity has no token for storage');
    current = token;
    return token;
  }

  const askOnce = () => asking(scope, ask);

  async function goodToken(): Promise<AccessToken> {
    const now = Date.now();
    if (!current || now >= current.expiresOnTimestamp - marginMs) {
      return inTime(askOnce(), operationDeadlineMs);
    }
    if (now >= (current.refreshAfterTimestamp ?? Number.POSITIVE_INFINITY)) {
      askOnce().catch(() => undefined);
    }
    return current;
  }

  return {
    url: withoutSlash(connection.tableServiceUri),
    async authorize() {
      const { token } = await goodToken();
      const date = new Date().toUTCString();
      return { ...version, 'x-ms-date': date, authorization: `Bearer ${token}` };
    },
  };
}
