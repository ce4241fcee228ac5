import type { Core } from '../core.ts';
import type { StatusChange, TokenStatus, Versioned } from '../ports.ts';
import { isFromAhead } from '../refresh/back-off.ts';
import { dueTime, isHot, lastUse, minIntervalMs, type RefreshPolicy } from '../refresh/schedule.ts';
import { describeFault } from './token-error.ts';

/**
 * Who uses tokens: their user, by a session, or a back end. Both keep tokens fresh; only the user's
 * own activity is a sign that a session is alive.
 */
export type Actor = 'user' | 'back_end';

/** The columns that record an actor's use of the tokens. */
export function seenBy(actor: Actor = 'user', time: number): StatusChange {
  return actor === 'user' ? { lastSeenAt: time } : { usedAt: time };
}

/** Activity is written at most this often for a user. */
const maxIntervalMs = 5 * 60 * 1000;

/**
 * Records that a user is active, or that a back end acts for them. A user who returns after a long absence
 * becomes due before their token expires; a user whose row was written by a clock that ran ahead becomes due
 * soon. A failure fails no request: the next request records the activity.
 *
 * @returns the current status.
 */
export async function noteActivity(
  { tokens, refreshPolicy, now, log }: Pick<Core, 'tokens' | 'refreshPolicy' | 'now' | 'log'>,
  status: Versioned<TokenStatus>,
  actor: Actor = 'user',
): Promise<TokenStatus> {
  const time = now();
  const interval = Math.min(maxIntervalMs, refreshPolicy.hotMs / 4);
  const notedAt = actor === 'user' ? status.lastSeenAt : status.usedAt;
  if (Math.abs(time - notedAt) < interval || status.state !== 'active') return status;
  const change = { ...seenBy(actor, time), ...earlierDue(refreshPolicy, status, time) };
  try {
    await tokens.changeStatus(status, change);
    return { ...status, ...change };
  } catch (error) {
    log.warn('activity-not-noted', describeFault(error));
    return status;
  }
}

/** When an active user is due, if that is earlier than the row says. */
function earlierDue(
  policy: RefreshPolicy,
  status: TokenStatus,
  time: number,
): Pick<TokenStatus, 'dueAt'> | undefined {
  if (isFromAhead(status, time)) return { dueAt: Math.min(status.dueAt, time + minIntervalMs) };
  if (isHot(policy, lastUse(status), time)) return undefined;
  return { dueAt: Math.min(status.dueAt, dueTime(policy, time, status.accessTokenExpiresAt)) };
}
