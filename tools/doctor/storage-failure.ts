import { type Finding, failed } from './check.ts';
import { describeFailure, statusOf } from './failure.ts';

/**
 * Why a storage service is of no use, and what to do about it.
 *
 * @param role that the app's identity needs.
 */
export function storageFailure(what: string, error: unknown, role: string): Finding {
  const status = statusOf(error);
  const isRefused = status === 401 || status === 403;
  const mend = isRefused
    ? `Give the app’s identity the role ${role} on the storage account; with a connection string, check its key, or that its signature may read, write and delete, and has not expired.`
    : 'Check the addresses in TOKEN_STORAGE, and that this machine may reach them: name resolution, firewall, private endpoints.';
  return failed(`${what}: ${describeFailure(error)}`, mend);
}
