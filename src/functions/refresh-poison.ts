import { parseRefreshMessage, poisonQueueName } from '../lib/auth/refresh/message.ts';
import { putBack } from '../lib/auth/refresh/worker.ts';
import { registerQueueWorker } from '../lib/host/triggers.ts';

/** Puts a user back by a day whose message has failed too often. */
registerQueueWorker('refresh-poison', poisonQueueName, async (message, core) => {
  const mark = parseRefreshMessage(message);
  if (!mark) return;
  await putBack(core, mark);
  core.count('poisoned');
});
