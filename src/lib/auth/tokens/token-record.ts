import type { TokenRecord } from '../ports.ts';
import { lastUse, nextDue, type RefreshPolicy } from '../refresh/schedule.ts';
import type { IssuedTokens } from './token-client.ts';

/** What a record says of its tokens' owner, whatever the tokens are. */
export type TokenOwner = Pick<
  TokenRecord,
  'user' | 'flow' | 'tenantId' | 'refreshedBy' | 'lastSeenAt' | 'sessionsEndAt'
> &
  Partial<Pick<TokenRecord, 'usedAt'>>;

/** Tokens that were issued just now as the record that is kept of them: due anew, and leased to nobody. */
export function toTokenRecord(
  { cache, accessToken, scopes }: IssuedTokens,
  owner: TokenOwner,
  { policy, now }: { policy: RefreshPolicy; now: number },
): TokenRecord {
  const { user, flow, tenantId, refreshedBy, lastSeenAt, usedAt = 0, sessionsEndAt } = owner;
  const lastUsedAt = lastUse({ lastSeenAt, usedAt });
  const { expiresAt } = accessToken;
  return {
    user,
    flow,
    tenantId,
    cache,
    accessToken,
    accessTokenExpiresAt: expiresAt,
    scopes,
    refreshedAt: now,
    refreshedBy,
    state: 'active',
    reason: undefined,
    failures: 0,
    retryAt: 0,
    dueAt: nextDue(policy, { now, expiresAt, lastSeenAt: lastUsedAt, sessionsEndAt }),
    lastSeenAt,
    usedAt,
    sessionsEndAt,
    lease: undefined,
  };
}
