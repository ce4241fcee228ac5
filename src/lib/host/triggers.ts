import { app } from '@azure/functions';
import type { AppCore } from '../app-core.ts';
import { getCore } from './app.ts';
import { describeError, inInvocation, log } from './log.ts';

/** Registers a function that a timer starts. @param schedule NCRONTAB, six fields. */
export function registerTimer(
  name: string,
  schedule: string,
  run: (core: AppCore) => Promise<void>,
): void {
  app.timer(name, {
    schedule,
    handler: (timer, context) =>
      inInvocation({ context }, async () => {
        // Nothing to make up for: each run does all that is to be done by now.
        if (timer.isPastDue) log.warn('timer-past-due', { function: name });
        await logged(name, run);
      }),
  });
}

/** Registers a function that a message starts. The queue is in TOKEN_STORAGE. */
export function registerQueueWorker(
  name: string,
  queueName: string,
  run: (message: unknown, core: AppCore) => Promise<void>,
): void {
  app.storageQueue(name, {
    queueName,
    connection: 'TOKEN_STORAGE',
    handler: (message, context) =>
      inInvocation({ context }, () => logged(name, (core) => run(message, core))),
  });
}

/** The host sees that a run failed; the log sees why, without what must not be in it. */
async function logged(name: string, run: (core: AppCore) => Promise<void>): Promise<void> {
  try {
    await run(getCore());
  } catch (error) {
    log.error('failed', { function: name, error: describeError(error) });
    throw new Error(`${name} failed`);
  }
}
