import type { TokenStatus } from '../ports.ts';
import { type TokenFault, throttledUser } from '../tokens/token-fault.ts';

const firstMs = 5_000;
const longestMs = 15 * 60_000;
/** Entra throttles this one user: trying soon would prolong it. */
const throttledUserMs = 5 * 60_000;
/** A longer wait than this is not believed. */
const longestToldMs = 60 * 60_000;
/** Someone who waits for an answer is not kept from a try for longer, unless a wait was told. */
const longestForRequestsMs = 60_000;
/** Users who were all told the same wait don't all come at its end. */
const longestSpreadMs = 30_000;

/** Milliseconds by which clocks of instances may differ without anybody's noticing. */
const clockSkewMs = 60_000;

/**
 * Whether nobody asks for a user's tokens yet. No clock that is right has written a longer wait than
 * the longest: such a one is not believed.
 */
export function isBackingOff({ retryAt }: Pick<TokenStatus, 'retryAt'>, now: number): boolean {
  return retryAt > now && retryAt - now <= longestToldMs + clockSkewMs;
}

/**
 * Whether a row bears times that only a clock far ahead of ours can have written: then it is due
 * far too late as well.
 */
export function isFromAhead(
  { refreshedAt, retryAt }: Pick<TokenStatus, 'refreshedAt' | 'retryAt'>,
  now: number,
): boolean {
  return refreshedAt - now > clockSkewMs || retryAt - now > longestToldMs + clockSkewMs;
}

export interface BackOff {
  /** Milliseconds in which nobody asks for this user's tokens. */
  retryMs: number;
  /** Milliseconds after which the workers try again. */
  dueMs: number;
}

/**
 * How long to leave the token endpoint alone about one user: as long as it said; else 5 s, doubled
 * with each failure in a row, up to 15 minutes, less up to half of it so that users spread.
 *
 * @param failures in a row, this one included.
 */
export function backOff(
  failures: number,
  { retryAfterSeconds, errorCodes }: Pick<TokenFault, 'retryAfterSeconds' | 'errorCodes'>,
  random: () => number,
): BackOff {
  const throttled = errorCodes.includes(throttledUser);
  const doubled = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs);
  const told = Math.min((retryAfterSeconds ?? 0) * 1000, longestToldMs);
  const strict = told || (throttled ? Math.max(doubled, throttledUserMs) : 0);
  if (strict > 0) {
    const spreadMs = Math.min(strict / 10, longestSpreadMs);
    return { retryMs: strict, dueMs: strict + Math.round(random() * spreadMs) };
  }
  const dueMs = Math.round(doubled * (1 - random() / 2));
  return { dueMs, retryMs: Math.min(dueMs, longestForRequestsMs) };
}
