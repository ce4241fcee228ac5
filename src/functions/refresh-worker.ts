import { parseRefreshMessage, refreshQueueName } from '../lib/auth/refresh/message.ts';
import { registerQueueWorker } from '../lib/host/triggers.ts';

/** Refreshes the user that a message names. */
registerQueueWorker('refresh-worker', refreshQueueName, async (message, services) => {
  const mark = parseRefreshMessage(message);
  if (mark) await services.refreshDueUser(mark);
});
