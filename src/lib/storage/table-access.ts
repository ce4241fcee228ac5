import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { AccessToken } from '@azure/identity';
import type { StorageConnection } from '../config.ts';
import { connectionStringValues } from '../connection-string.ts';
import { lazy } from '../lazy.ts';
import { storageCredential } from './connection.ts';

/** Where an account's tables are, and what shows that we may read them. */
export interface TableAccess {
  /** No slash at its end. */
  url: string;
  /** Headers for a request. @param path of the URL, without the query. */
  authorize(path: string): Promise<Record<string, string>>;
}

/** @see https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
const version = { 'x-ms-version': '2019-02-02', dataserviceversion: '3.0;NetFx' };

/** Undefined for connection strings without account and key: they are the SDK's. */
export function tableAccess(connection: StorageConnection): TableAccess | undefined {
  if (connection.kind === 'identity') return accessByIdentity(connection);
  const values = connectionStringValues(connection.connectionString);
  const [account, key] = [values.get('AccountName'), values.get('AccountKey')];
  const url = values.get('TableEndpoint') ?? defaultEndpoint(values);
  if (!account || !key || !url) return undefined;
  return accessByKey(withoutSlash(url), account, createSecretKey(key, 'base64'));
}

function defaultEndpoint(values: ReadonlyMap<string, string>): string | undefined {
  const [account, suffix] = [values.get('AccountName'), values.get('EndpointSuffix')];
  const scheme = values.get('DefaultEndpointsProtocol') ?? 'https';
  return account && suffix && `${scheme}://${account}.table.${suffix}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
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
/** Milliseconds before its end at which a token is no longer used, unless it says when. */
const leadMs = 5 * 60 * 1000;

/** @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory */
function accessByIdentity(
  connection: Extract<StorageConnection, { kind: 'identity' }>,
): TableAccess {
  const credential = lazy(() => storageCredential(connection));
  let current: AccessToken | null = null;
  const isGood = ({ expiresOnTimestamp, refreshAfterTimestamp }: AccessToken) =>
    Date.now() < (refreshAfterTimestamp ?? expiresOnTimestamp - leadMs);
  return {
    url: withoutSlash(connection.tableServiceUri),
    async authorize() {
      if (!current || !isGood(current)) current = await (await credential()).getToken(scope);
      if (!current) throw new Error('the identity has no token for storage');
      const date = new Date().toUTCString();
      return { ...version, 'x-ms-date': date, authorization: `Bearer ${current.token}` };
    },
  };
}
