import type { ReceivedMessageItem } from '@azure/storage-queue';
import type { InvocationInput } from './invocation.ts';

/**
 * A message as the host hands it to the worker.
 * @returns undefined when it should be base64 and isn't
 */
export function readMessage(
  message: ReceivedMessageItem,
  encoding: 'base64' | 'none',
): InvocationInput | undefined {
  const text = encoding === 'none' ? message.messageText : decodeBase64(message.messageText);
  if (text === undefined) return undefined;
  return {
    data: { string: text },
    triggerMetadata: {
      QueueTrigger: { string: text },
      Id: { string: message.messageId },
      PopReceipt: { string: message.popReceipt },
      DequeueCount: { int: message.dequeueCount },
      InsertionTime: { json: JSON.stringify(message.insertedOn) },
      ExpirationTime: { json: JSON.stringify(message.expiresOn) },
      NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
    },
  };
}

function decodeBase64(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64') === text.trim();
  return isBase64 ? bytes.toString('utf8') : undefined;
}
