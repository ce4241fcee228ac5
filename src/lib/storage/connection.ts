import type { TokenCredential } from '@azure/identity';
import type { StorageConnection } from '../config.ts';

/** Milliseconds that one storage operation may take, retries included. */
export const operationDeadlineMs = 2_500;

/** Few and short: a caller waits, and the next sweep tries again. */
export const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

/** The identity that speaks to storage, as the Functions host chooses it for its triggers. */
export async function loadCredential(
  connection: Extract<StorageConnection, { kind: 'identity' }>,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const { clientId, managed } = connection;
  if (!managed) return new identity.DefaultAzureCredential();
  return clientId
    ? new identity.ManagedIdentityCredential({ clientId })
    : new identity.ManagedIdentityCredential();
}
