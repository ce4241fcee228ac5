import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './http-request.ts';
import { sendStatus } from './http-response.ts';
import { describeError, type Log } from './log.ts';
import type { TimerListener } from './timer-listener.ts';

const path = /^\/admin\/functions\/([^/?]+)\/?(?:\?|$)/i;

/** Whether a request is for {@link runByHand}. */
export function isAdminRequest(request: IncomingMessage): boolean {
  return path.test(request.url ?? '');
}

/**
 * `POST /admin/functions/{name}` runs a timer now, and answers 202 without waiting for it. As with
 * the real host the body is JSON, which also keeps other sites' web pages out.
 * @see https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http
 */
export async function runByHand(
  request: IncomingMessage,
  response: ServerResponse,
  { timers, log }: { timers: readonly TimerListener[]; log: Log },
): Promise<void> {
  const name = decodeURIComponent(path.exec(request.url ?? '')?.[1] ?? '').toLowerCase();
  const timer = timers.find((candidate) => candidate.name.toLowerCase() === name);
  if (!timer) return sendStatus(response, 404);
  if (request.method !== 'POST') return sendStatus(response, 405);
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return sendStatus(response, 415);
  }
  await readBody(request);
  timer.runNow().catch((error) => log('error', `${timer.name} failed: ${describeError(error)}`));
  sendStatus(response, 202);
}
