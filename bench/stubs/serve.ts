import type { RequestListener } from 'node:http';
import { answerParent, listen } from '../lib/measured.ts';

/**
 * Serves a stub that counts its requests and lets them wait for as long as it is told.
 *
 * @param isCounted which paths that concerns.
 */
export async function serveStub(
  listener: RequestListener,
  isCounted: (path: string) => boolean = () => true,
): Promise<void> {
  let count = 0;
  let delayMs = 0;
  const port = await listen((request, response) => {
    if (!isCounted(request.url ?? '')) return listener(request, response);
    count += 1;
    if (delayMs > 0) setTimeout(listener, delayMs, request, response);
    else listener(request, response);
  });
  const takeCount = () => {
    const counted = count;
    count = 0;
    return counted;
  };
  const delay = (ms: unknown) => {
    delayMs = Number(ms);
  };
  answerParent({ takeCount, delay }, port);
}
