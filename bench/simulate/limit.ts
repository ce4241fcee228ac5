/** A service that takes so many operations a second. */
export interface Limit {
  /**
   * Takes operations their turn.
   *
   * @returns milliseconds until it has come, 0: now; undefined if it would be longer than so long,
   *   and then nothing is taken.
   */
  take(operations: number, longestWaitMs?: number): number | undefined;
}

/** A sample's limit lets through so many at once: less would limit single users. */
const leastBurst = 60;

/** @param perSecond of the sample; a second's worth can be saved up. */
export function createLimit(perSecond: number, now: () => number): Limit {
  const burstMs = Math.max(1000, (leastBurst / perSecond) * 1000);
  let nextAt = 0;
  return {
    take(operations, longestWaitMs = Number.POSITIVE_INFINITY) {
      const at = Math.max(nextAt, now() - burstMs) + (operations * 1000) / perSecond;
      const waitMs = Math.max(0, at - now());
      if (waitMs > longestWaitMs) return undefined;
      nextAt = at;
      return waitMs;
    },
  };
}
