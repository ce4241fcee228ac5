import type { IssuedTokens, TokenRecord } from './ports.ts';
import { dueTime, type RefreshPolicy } from './refresh/schedule.ts';

/** Tokens that were issued just now as the record that is kept of them: due anew, and leased to nobody. */
export function toTokenRecord(
  issued: IssuedTokens,
  { user, flow, refreshedBy }: Pick<TokenRecord, 'user' | 'flow' | 'refreshedBy'>,
  { policy, now }: { policy: RefreshPolicy; now: number },
): TokenRecord {
  const { cache, accessToken, scopes } = issued;
  return {
    user,
    flow,
    cache,
    accessToken,
    accessTokenExpiresAt: accessToken.expiresAt,
    scopes,
    refreshedAt: now,
    refreshedBy,
    dueAt: dueTime(policy, now, accessToken.expiresAt),
    lease: undefined,
  };
}
