import type { Clock, Log } from '../auth/ports.ts';
import type { RepeatedRequest } from './row-requests.ts';

/** Milliseconds between two lines: while storage is away, every request is repeated. */
const intervalMs = 60_000;

/**
 * Says in the log that requests were repeated by the SDK, and so cost twice: of the first at once,
 * then of one a minute, with how many there were in between.
 */
export function logRepeated({
  log,
  now,
}: {
  log: Log;
  now: Clock;
}): (request: RepeatedRequest) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (request) => {
    if (now() - saidAt < intervalMs) {
      unsaid += 1;
      return;
    }
    log.warn('storage-request-repeated', { ...request, unsaid });
    saidAt = now();
    unsaid = 0;
  };
}
