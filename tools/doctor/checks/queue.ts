import type { QueueClient } from '@azure/storage-queue';
import { refreshQueueName } from '../../../src/lib/auth/refresh/message.ts';
import { deadline, onContainer } from '../../../src/lib/storage/connection.ts';
import { refreshQueueClient } from '../../../src/lib/storage/refresh-queue.ts';
import { type Check, ok } from '../check.ts';
import { storageFailure } from '../storage-failure.ts';

/** Seconds in which nobody sees the message; then it lapses at once. No worker would act on it. */
const hidden = { visibilityTimeout: 60, messageTimeToLive: 61 };

/** Whether the app may do with its queue what it does with it. */
export const queue: Check = {
  name: 'queue',
  needs: ['clock'],
  mend: 'Check TOKEN_STORAGE.',
  async run({ config }) {
    const connect = () => refreshQueueClient(config.storage);
    const create = (client: QueueClient) => client.createIfNotExists({ abortSignal: deadline() });
    try {
      await onContainer(connect, create, tryOut);
      return ok(`a message was sent to ${refreshQueueName} and deleted`);
    } catch (error) {
      return storageFailure(refreshQueueName, error, 'Storage Queue Data Contributor');
    }
  },
};

async function tryOut(queue: QueueClient): Promise<void> {
  await queue.getProperties({ abortSignal: deadline() });
  const text = Buffer.from('{"from":"doctor"}').toString('base64');
  const sent = await queue.sendMessage(text, { ...hidden, abortSignal: deadline() });
  await queue.deleteMessage(sent.messageId, sent.popReceipt, { abortSignal: deadline() });
}
