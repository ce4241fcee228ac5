import { parseRefreshMessage, poisonQueueName } from '../lib/auth/refresh/message.ts';
import { registerQueueWorker } from '../lib/host/triggers.ts';

/** Puts a user back by a day whose message has failed too often. */
registerQueueWorker('refresh-poison', poisonQueueName, async (message, services) => {
  const mark = parseRefreshMessage(message);
  if (mark) await services.putBack(mark);
});
