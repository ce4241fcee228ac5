import type { TokenCredential } from '@azure/identity';
import { lazy } from '../basics/lazy.ts';
import type { StorageConnection } from '../config/config.ts';
import { maxConnections } from '../http/outbound-request.ts';
import { isMissingContainer, toStorageError } from './storage-error.ts';

/** Milliseconds that one request to storage may take, retries included. */
export const operationDeadlineMs = 2_500;

/** Few and short: a caller waits, and the next sweep tries again. */
export const retryOptions = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

/** For the `abortSignal` of one operation. @param since when it was begun. */
export function deadline(since = Date.now()): AbortSignal {
  return AbortSignal.timeout(Math.max(0, since + operationDeadlineMs - Date.now()));
}

/**
 * Runs an operation on a table or queue, and makes that first if it is not there.
 *
 * @throws what {@link toStorageError} makes of the failure.
 */
export async function onContainer<C, T>(
  connect: () => Promise<C>,
  create: (client: C) => Promise<unknown>,
  operation: (client: C) => Promise<T>,
): Promise<T> {
  try {
    const client = await connect();
    return await operation(client).catch(async (error: unknown) => {
      if (!isMissingContainer(error)) throw error;
      await create(client);
      return operation(client);
    });
  } catch (error) {
    throw toStorageError(error);
  }
}

/** The identity that speaks to storage, as the Functions host chooses it for its triggers. */
export async function storageCredential(
  connection: Extract<StorageConnection, { kind: 'identity' }>,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity');
  const { clientId, managed } = connection;
  if (!managed) return new identity.DefaultAzureCredential();
  return clientId
    ? new identity.ManagedIdentityCredential({ clientId })
    : new identity.ManagedIdentityCredential();
}

const agents = lazy(async () => {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const options = { keepAlive: true, maxSockets: maxConnections };
  return { plain: new http.Agent(options), secure: new https.Agent(options) };
});

/** The SDK's requests share a bounded number of connections to one origin, as ours do. */
export const boundConnections = {
  name: 'boundConnections',
  async sendRequest<Request extends { url: string; agent?: unknown }, Response>(
    request: Request,
    next: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    const { plain, secure } = await agents();
    request.agent = request.url.startsWith('https:') ? secure : plain;
    return next(request);
  },
};
