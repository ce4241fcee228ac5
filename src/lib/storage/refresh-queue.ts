import type { QueueClient } from '@azure/storage-queue';
import * as v from 'valibot';
import type { DueMark, RefreshQueue } from '../auth/ports.ts';
import { parseUserHash } from '../auth/user.ts';
import type { StorageConnection } from '../config.ts';
import { loadCredential, operationDeadlineMs, retryOptions } from './connection.ts';
import { isMissingContainer, toStorageError } from './storage-error.ts';

export const refreshQueueName = 'refresh';

const sendsAtOnce = 16;

const message = v.object({
  user: v.string(),
  flow: v.picklist(['code', 'device']),
  dueAt: v.pipe(v.string(), v.isoTimestamp()),
});

/** The due mark in a message, or undefined for what no sweep of ours sent. */
export function parseRefreshMessage(value: unknown): DueMark | undefined {
  const parsed = v.safeParse(message, value);
  const user = parsed.success && parseUserHash(parsed.output.user);
  if (!user) return undefined;
  return { user, flow: parsed.output.flow, dueAt: Date.parse(parsed.output.dueAt) };
}

/** A storage queue: one message a user, base64 of JSON, as the Functions queue trigger reads it. */
export interface StorageRefreshQueue extends RefreshQueue {
  /** @throws AppError if the queue can't be reached. */
  check(): Promise<void>;
}

export function createRefreshQueue(connection: StorageConnection): StorageRefreshQueue {
  let client: Promise<QueueClient> | undefined;

  async function withQueue<T>(operation: (client: QueueClient) => Promise<T>): Promise<T> {
    client ??= createClient(connection);
    const queue = await client;
    try {
      return await operation(queue).catch(async (error: unknown) => {
        if (!isMissingContainer(error)) throw error;
        await queue.createIfNotExists({ abortSignal: deadline() });
        return operation(queue);
      });
    } catch (error) {
      throw toStorageError(error);
    }
  }

  return {
    async send(marks) {
      for (let start = 0; start < marks.length; start += sendsAtOnce) {
        const batch = marks.slice(start, start + sendsAtOnce).map(encode);
        await Promise.all(
          batch.map((text) =>
            withQueue((queue) => queue.sendMessage(text, { abortSignal: deadline() })),
          ),
        );
      }
    },
    async check() {
      await withQueue((queue) => queue.getProperties({ abortSignal: deadline() }));
    },
  };
}

function encode({ user, flow, dueAt }: DueMark): string {
  const json = JSON.stringify({ user, flow, dueAt: new Date(dueAt).toISOString() });
  return Buffer.from(json).toString('base64');
}

async function createClient(connection: StorageConnection): Promise<QueueClient> {
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
          await loadCredential(connection),
          options,
        );
  return service.getQueueClient(refreshQueueName);
}

function deadline(): AbortSignal {
  return AbortSignal.timeout(operationDeadlineMs);
}
