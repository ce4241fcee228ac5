/** When the page asks again. Times are milliseconds. */

const second = 1000;
const minute = 60 * second;

/**
 * Wait before the session is read again: until its tokens have been refreshed. While they are
 * overdue the page waits longer and longer.
 *
 * @param nextRefreshAt since the epoch; undefined: none is planned.
 */
export function sessionWait(nextRefreshAt: number | undefined, now: number): number {
  if (nextRefreshAt === undefined) return minute;
  const overdue = now - nextRefreshAt;
  // The timer comes each minute, and a worker after it.
  const wait = overdue < 0 ? -overdue + 5 * second : overdue / 2;
  return Math.min(5 * minute, Math.max(5 * second, wait));
}

/** Wait after so many failures in a row: 10 s, doubling, to 5 minutes; what the answer says at least. */
export function failureWait(failures: number, retryAfterSeconds = 0): number {
  const wait = Math.min(5 * minute, 10 * second * 2 ** (failures - 1));
  return Math.max(wait, retryAfterSeconds * second);
}
