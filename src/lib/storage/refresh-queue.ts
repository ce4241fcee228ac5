import type { QueueClient } from '@azure/storage-queue';
import { encodeRefreshMessage, refreshQueueName } from '../auth/refresh/message.ts';
import type { RefreshQueue } from '../auth/refresh/ports.ts';
import { lazy } from '../basics/lazy.ts';
import type { StorageConnection } from '../config/config.ts';
import { deadline, onContainer, retryOptions, storageCredential } from './connection.ts';

/** A sweep sends for all 16 shards at once: 64 requests in all, as many as connections elsewhere. */
const sendsAtOnce = 4;
/** Seconds. Older messages are of no use: the due marks are the backlog, and are sent again. */
const messageTimeToLive = 10 * 60;

/** A storage queue: one message a user, base64 of JSON, as the Functions queue trigger reads it. */
export function createRefreshQueue(connection: StorageConnection): RefreshQueue {
  const connect = lazy(() => refreshQueueClient(connection));
  const create = (queue: QueueClient) => queue.createIfNotExists({ abortSignal: deadline() });
  const withQueue = <T>(operation: (queue: QueueClient) => Promise<T>) =>
    onContainer(connect, create, operation);

  return {
    async send(marks) {
      for (let start = 0; start < marks.length; start += sendsAtOnce) {
        const batch = marks.slice(start, start + sendsAtOnce).map(encodeRefreshMessage);
        await Promise.all(
          batch.map((text) =>
            withQueue((queue) =>
              queue.sendMessage(text, { messageTimeToLive, abortSignal: deadline() }),
            ),
          ),
        );
      }
    },
    async depth() {
      const properties = await withQueue((queue) =>
        queue.getProperties({ abortSignal: deadline() }),
      );
      return properties.approximateMessagesCount ?? 0;
    },
  };
}

/** The queue itself, whether or not it is there. */
export async function refreshQueueClient(connection: StorageConnection): Promise<QueueClient> {
  const queues = await import('@azure/storage-queue');
  const { maxRetries, retryDelayInMs, maxRetryDelayInMs } = retryOptions;
  const options = {
    retryOptions: {
      maxTries: maxRetries + 1,
      retryDelayInMs,
      maxRetryDelayInMs,
    },
  };
  const service =
    connection.kind === 'connection-string'
      ? queues.QueueServiceClient.fromConnectionString(connection.connectionString, options)
      : new queues.QueueServiceClient(
          connection.queueServiceUri,
          await storageCredential(connection),
          options,
        );
  return service.getQueueClient(refreshQueueName);
}
