import type { QueueClient, QueueServiceClient, ReceivedMessageItem } from '@azure/storage-queue';
import type { HostJson } from './host-json.ts';
import type { Invoke } from './invocation.ts';
import { describeError, type Log, messageOf } from './log.ts';
import { newPause } from './pause.ts';
import { readMessage } from './queue-message.ts';
import type { HostedFunction } from './registrations.ts';

/** Runs one queue function for the messages of its queue. */
export interface QueueListener {
  start(): void;
  /** Takes no further message; resolves when those in progress are done. */
  stop(): Promise<void>;
}

export interface QueueListenerOptions {
  readonly hosted: HostedFunction;
  readonly service: QueueServiceClient;
  readonly queueName: string;
  readonly queues: HostJson['queues'];
  readonly invoke: Invoke;
  readonly log: Log;
}

/** As in Azure: so long is a message hidden whose host was killed. */
const hiddenSeconds = 600;
const shortestPauseMs = 100;

/**
 * Polls a queue, at most `batchSize` messages at once. A message whose function fails is shown
 * again, and after `maxDequeueCount` failures it is moved to the queue `NAME-poison`.
 */
export function queueListener(options: QueueListenerOptions): QueueListener {
  const { queueName, queues, log } = options;
  const queue = options.service.getQueueClient(queueName);
  const pause = newPause();
  const working = new Set<Promise<void>>();
  let stopping = false;
  let loop: Promise<void> | undefined;
  let reachable = true;

  async function poll(): Promise<void> {
    let delay = shortestPauseMs;
    while (!stopping) {
      const wanted = queues.batchSize - working.size;
      const received = await receive(wanted);
      if (working.size >= queues.batchSize) await Promise.race(working);
      if (received > 0) delay = shortestPauseMs;
      if (received === wanted) continue;
      await pause.wait(delay);
      delay = Math.min(delay * 2, queues.maxPollingIntervalMs);
    }
  }

  /** How many messages came; none when the storage can't be reached. */
  async function receive(wanted: number): Promise<number> {
    try {
      const messages = await receiveOrCreate(queue, wanted);
      if (!reachable) log('information', `queue ${queueName}: storage answers again`);
      reachable = true;
      for (const message of messages) work(message);
      return messages.length;
    } catch (error) {
      if (reachable) log('warning', `queue ${queueName}: ${messageOf(error)}; trying again`);
      reachable = false;
      return 0;
    }
  }

  function work(message: ReceivedMessageItem): void {
    const task = stopping ? show(queue, message, 0) : processMessage(options, queue, message);
    const done = task
      .catch((error) => log('warning', `queue ${queueName}: ${messageOf(error)}`))
      .finally(() => working.delete(done));
    working.add(done);
  }

  return {
    start: () => {
      loop ??= poll();
    },
    stop: async () => {
      stopping = true;
      pause.end();
      await loop;
      await Promise.all(working);
    },
  };
}

async function receiveOrCreate(
  queue: QueueClient,
  numberOfMessages: number,
): Promise<readonly ReceivedMessageItem[]> {
  const request = { numberOfMessages, visibilityTimeout: hiddenSeconds };
  try {
    return (await queue.receiveMessages(request)).receivedMessageItems;
  } catch (error) {
    if (!isQueueNotFound(error)) throw error;
    await queue.createIfNotExists();
    return [];
  }
}

async function processMessage(
  { hosted, service, queueName, queues, invoke, log }: QueueListenerOptions,
  queue: QueueClient,
  message: ReceivedMessageItem,
): Promise<void> {
  const input = readMessage(message, queues.messageEncoding);
  try {
    if (!input) throw new Error('the message is not base64');
    await invoke(hosted, input);
  } catch (error) {
    log('error', `${hosted.name} failed: ${describeError(error)}`);
    if (input && message.dequeueCount < queues.maxDequeueCount) {
      return show(queue, message, queues.visibilityTimeoutSeconds);
    }
    log('warning', `queue ${queueName}: message ${message.messageId} goes to the poison queue`);
    const poison = service.getQueueClient(`${queueName}-poison`);
    await poison.createIfNotExists();
    await poison.sendMessage(message.messageText, { messageTimeToLive: -1 });
  }
  await queue.deleteMessage(message.messageId, message.popReceipt);
}

/** Lets the message be received again after that time. */
async function show(
  queue: QueueClient,
  message: ReceivedMessageItem,
  seconds: number,
): Promise<void> {
  const { messageId, popReceipt, messageText } = message;
  await queue.updateMessage(messageId, popReceipt, messageText, seconds);
}

function isQueueNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'QueueNotFound';
}
