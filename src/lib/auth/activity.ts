import type { Clock, Log, TokenStatus, TokenStore, Versioned } from './ports.ts';
import { isFromAhead } from './refresh/back-off.ts';
import { dueTime, isHot, minIntervalMs, type RefreshPolicy } from './refresh/schedule.ts';
import { describeFault } from './token-error.ts';

export interface ActivityDependencies {
  tokens: TokenStore;
  refreshPolicy: RefreshPolicy;
  now: Clock;
  log: Log;
}

/** Activity is written at most this often for a user. */
const maxIntervalMs = 5 * 60 * 1000;

/**
 * Notes that a user is there. One who was away for long is due again before their token expires,
 * as if they had never been; one whose row was written by a clock that ran ahead is due soon. It fails nobody's request: the next one notes it.
 *
 * @returns the status as it is now.
 */
export async function noteActivity(
  { tokens, refreshPolicy, now, log }: ActivityDependencies,
  status: Versioned<TokenStatus>,
): Promise<TokenStatus> {
  const time = now();
  const interval = Math.min(maxIntervalMs, refreshPolicy.hotMs / 4);
  if (Math.abs(time - status.lastSeenAt) < interval || status.state !== 'active') return status;
  const change = { lastSeenAt: time, ...earlierDue(refreshPolicy, status, time) };
  try {
    await tokens.changeStatus(status, change);
    return { ...status, ...change };
  } catch (error) {
    log.warn('activity-not-noted', describeFault(error));
    return status;
  }
}

/** When a user who is here is due, if that is earlier than their row says. */
function earlierDue(
  policy: RefreshPolicy,
  status: TokenStatus,
  time: number,
): Pick<TokenStatus, 'dueAt'> | undefined {
  if (isFromAhead(status, time)) return { dueAt: Math.min(status.dueAt, time + minIntervalMs) };
  if (isHot(policy, status.lastSeenAt, time)) return undefined;
  return { dueAt: Math.min(status.dueAt, dueTime(policy, time, status.accessTokenExpiresAt)) };
}
