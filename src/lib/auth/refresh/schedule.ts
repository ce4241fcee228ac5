import type { TokenStatus } from '../ports.ts';

export interface RefreshPolicy {
  /** How long before expiry tokens are to be fresh again. */
  leadMs: number;
  /** Users seen within this time find fresh tokens whenever they come. */
  hotMs: number;
  /** The others' tokens are used once in this time, so that their refresh tokens don't lapse. */
  keepAliveMs: number;
  /** How long tokens outlive their user's last session. */
  retainMs: number;
  /** Refreshes of one tenant that an instance makes in a second at most. */
  budgetPerSecond: number;
  /** 0 up to 1; spreads users that signed in together. */
  random: () => number;
}

/** No user is refreshed twice within this time. */
export const minIntervalMs = 30_000;
/** An access token with less life than this is renewed before use. */
const maxMarginMs = 60_000;
const dayMs = 24 * 60 * 60 * 1000;
/** Keep-alive comes earlier by up to this part of its time. */
const keepAliveSpread = 0.1;

/**
 * When tokens obtained now are due if nobody is to wait for fresh ones: the lead before expiry, and
 * earlier by up to a third of the lifetime. For tokens that live shorter than three leads, the lead
 * is a third of the lifetime.
 */
export function dueTime(
  policy: Pick<RefreshPolicy, 'leadMs' | 'random'>,
  now: number,
  expiresAt: number,
): number {
  const third = Math.max(0, expiresAt - now) / 3;
  const due = expiresAt - Math.min(policy.leadMs, third) - policy.random() * third;
  return Math.max(Math.round(due), now + minIntervalMs);
}

/** Tokens as far as their schedule goes. */
export interface ScheduledTokens {
  now: number;
  expiresAt: number;
  /** Whoever it was that used them: see {@link lastUse}. */
  lastSeenAt: number;
  sessionsEndAt: number;
}

/**
 * When tokens obtained now are due: before expiry for a user seen lately, else for keep-alive; each
 * day while there is a session, and no later than nobody needs them any more.
 */
export function nextDue(policy: RefreshPolicy, tokens: ScheduledTokens): number {
  const { now, expiresAt, lastSeenAt, sessionsEndAt } = tokens;
  const due = isHot(policy, lastSeenAt, now)
    ? Math.min(dueTime(policy, now, expiresAt), lookAgainTime(policy, { now, sessionsEndAt }))
    : absentDue(policy, { now, refreshedAt: now, sessionsEndAt });
  return Math.max(Math.min(due, sessionsEndAt + policy.retainMs), now + minIntervalMs);
}

/**
 * When to look at the tokens of an absent user: for keep-alive; each day while there is a session,
 * which may have ended by idleness; and when they have been retained for long enough.
 */
export function absentDue(
  policy: RefreshPolicy,
  { now, refreshedAt, sessionsEndAt }: { now: number; refreshedAt: number; sessionsEndAt: number },
): number {
  const lookAgainAt = lookAgainTime(policy, { now, sessionsEndAt });
  return Math.min(keepAliveTime(policy, refreshedAt), lookAgainAt);
}

function lookAgainTime(
  { retainMs }: Pick<RefreshPolicy, 'retainMs'>,
  { now, sessionsEndAt }: { now: number; sessionsEndAt: number },
): number {
  return sessionsEndAt > now ? now + dayMs : sessionsEndAt + retainMs;
}

/** When tokens were last of use: to their user, or to a back end that acts for them. */
export function lastUse({
  lastSeenAt,
  usedAt,
}: Pick<TokenStatus, 'lastSeenAt' | 'usedAt'>): number {
  return Math.max(lastSeenAt, usedAt);
}

export function isHot(policy: Pick<RefreshPolicy, 'hotMs'>, lastSeenAt: number, now: number) {
  return now - lastSeenAt < policy.hotMs;
}

/** When a refresh token that was used at a time is to be used again. */
export function keepAliveTime(
  { keepAliveMs, random }: Pick<RefreshPolicy, 'keepAliveMs' | 'random'>,
  refreshedAt: number,
): number {
  return refreshedAt + Math.round(keepAliveMs * (1 - keepAliveSpread * random()));
}

/** Whether {@link keepAliveTime} can have come. */
export function isKeepAliveDue(
  { keepAliveMs }: Pick<RefreshPolicy, 'keepAliveMs'>,
  refreshedAt: number,
  now: number,
): boolean {
  return now >= refreshedAt + Math.floor(keepAliveMs * (1 - keepAliveSpread));
}

/** Whether an access token will do for a call that is made now. */
export function isFresh(
  token: { accessTokenExpiresAt: number; refreshedAt: number },
  now: number,
): boolean {
  const lifetime = token.accessTokenExpiresAt - token.refreshedAt;
  return token.accessTokenExpiresAt - now > Math.min(maxMarginMs, lifetime / 10);
}
