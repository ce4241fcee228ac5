import type { Clock } from '../ports.ts';

/** Milliseconds of the budget that can be saved up. */
const burstMs = 1_000;
/** Requests that don't wait make the others wait no longer than this. */
const longestDebtMs = 10_000;
/** Several complaints within this time are one. */
const complaintMs = 5_000;
/** Milliseconds in which a budget grows from nothing to its full size. */
const recoveryMs = 10 * 60_000;
/** Part of the full size that is always left. */
const least = 1 / 64;

/** How many token calls a second one instance makes for one tenant. */
export interface Budget {
  /** Takes a call's share. @returns milliseconds until the call; undefined if it would wait longer. */
  reserve(longestWaitMs: number): number | undefined;
  /** Takes a call's share for a call that does not wait. */
  spend(): void;
  /** The token endpoint has asked for fewer calls: half as many, and slowly more again. */
  halve(): void;
  /** Calls a second at this moment. */
  rate(): number;
}

export function createBudget(perSecond: number, now: Clock): Budget {
  let halvedAt = Number.NEGATIVE_INFINITY;
  let rateThen = perSecond;
  /** When the next call is free to go. */
  let nextAt = 0;

  const rate = () => Math.min(perSecond, rateThen + (perSecond * (now() - halvedAt)) / recoveryMs);

  function take(longestWaitMs: number): number | undefined {
    const at = Math.max(nextAt, now() - burstMs);
    const waitMs = Math.max(0, at - now());
    if (waitMs > longestWaitMs) return undefined;
    nextAt = at + 1000 / rate();
    return waitMs;
  }

  return {
    reserve: take,
    spend() {
      take(Number.POSITIVE_INFINITY);
      nextAt = Math.min(nextAt, now() + longestDebtMs);
    },
    halve() {
      if (now() - halvedAt < complaintMs) return;
      rateThen = Math.max(rate() / 2, perSecond * least);
      halvedAt = now();
    },
    rate,
  };
}
