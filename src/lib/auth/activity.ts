import type { Clock, Log, TokenStatus, TokenStore, Versioned } from './ports.ts';
import { dueTime, isHot, type RefreshPolicy } from './refresh/schedule.ts';
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
 * as if they had never been. It fails nobody's request: the next one notes it.
 *
 * @returns the status as it is now.
 */
export async function noteActivity(
  { tokens, refreshPolicy, now, log }: ActivityDependencies,
  status: Versioned<TokenStatus>,
): Promise<TokenStatus> {
  const time = now();
  const interval = Math.min(maxIntervalMs, refreshPolicy.hotMs / 4);
  if (time - status.lastSeenAt < interval || status.state !== 'active') return status;
  const wasAway = !isHot(refreshPolicy, status.lastSeenAt, time);
  const dueAt = Math.min(status.dueAt, dueTime(refreshPolicy, time, status.accessTokenExpiresAt));
  const change = { lastSeenAt: time, ...(wasAway && { dueAt }) };
  try {
    await tokens.changeStatus(status, change);
    return { ...status, ...change };
  } catch (error) {
    log.warn('activity-not-noted', describeFault(error));
    return status;
  }
}
