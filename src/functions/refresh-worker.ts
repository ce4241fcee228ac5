import { parseRefreshMessage, refreshQueueName } from '../lib/auth/refresh/message.ts';
import { refreshDueUser } from '../lib/auth/refresh/worker.ts';
import { registerQueueWorker } from '../lib/host/triggers.ts';

/** Refreshes the user that a message names. */
registerQueueWorker('refresh-worker', refreshQueueName, async (message, core) => {
  const mark = parseRefreshMessage(message);
  if (mark) await refreshDueUser(core, mark);
});
