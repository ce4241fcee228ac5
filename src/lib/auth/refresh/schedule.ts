export interface RefreshPolicy {
  /** How long before expiry tokens are to be fresh again. */
  leadMs: number;
  /** 0 up to 1; spreads users that signed in together. */
  random: () => number;
}

/** No user is refreshed twice within this time. */
const minIntervalMs = 30_000;
/** An access token with less life than this is renewed before use. */
const maxMarginMs = 60_000;

/**
 * When tokens obtained now are due: the lead before expiry, and earlier by up to a third of the
 * lifetime. For tokens that live shorter than three leads, the lead is a third of the lifetime.
 */
export function dueTime(policy: RefreshPolicy, now: number, expiresAt: number): number {
  const third = Math.max(0, expiresAt - now) / 3;
  const due = expiresAt - Math.min(policy.leadMs, third) - policy.random() * third;
  return Math.max(Math.round(due), now + minIntervalMs);
}

/** Whether an access token will do for a call that is made now. */
export function isFresh(
  token: { accessTokenExpiresAt: number; refreshedAt: number },
  now: number,
): boolean {
  const lifetime = token.accessTokenExpiresAt - token.refreshedAt;
  return token.accessTokenExpiresAt - now > Math.min(maxMarginMs, lifetime / 10);
}
