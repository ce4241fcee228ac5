import { setBounded } from '../../basics/bounded-map.ts';
import { AppError } from '../../errors.ts';
import type { Clock } from '../ports.ts';
import type { Flow, UserHash } from '../user.ts';

/** Whether Microsoft Graph answered 401 without saying what it wants instead. */
export function isTokenRejected(error: unknown): boolean {
  return error instanceof AppError && error.public.reason === 'token_rejected';
}

/** A user's tokens are refreshed at most once in this time because Graph rejected one: milliseconds. */
const refreshEveryMs = 60_000;

/**
 * Remembers whose tokens this process refreshed because Graph had rejected one. Where Graph rejects
 * the new token too, repeated calls then cause no repeated token calls.
 */
export interface RejectionRefreshes {
  /** Whether there was a refresh within the last minute. */
  isRecent(user: UserHash, flow: Flow): boolean;
  note(user: UserHash, flow: Flow): void;
}

/** @param maxUsers the user noted longest ago is forgotten first. */
export function createRejectionRefreshes(now: Clock, maxUsers = 10_000): RejectionRefreshes {
  /** By user and flow, in the order of their times. */
  const refreshedAt = new Map<string, number>();
  return {
    isRecent: (user, flow) =>
      now() - (refreshedAt.get(`${user}|${flow}`) ?? Number.NEGATIVE_INFINITY) < refreshEveryMs,
    note: (user, flow) => setBounded(refreshedAt, [`${user}|${flow}`, now()], maxUsers),
  };
}
