import type { TokenRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import { sweep } from '../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../src/lib/auth/refresh/worker.ts';
import type { TokenClient } from '../../src/lib/auth/tokens/token-client.ts';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { AppError, UnusableError, type UnusableReason } from '../../src/lib/errors.ts';
import { minutes, seconds, startTime } from './clock.ts';
import { createMemoryHeartbeatStore } from './memory/heartbeat-store.ts';
import { createMemoryRefreshQueue } from './memory/refresh-queue.ts';
import { refreshPolicy } from './refresh-policy.ts';
import { createRefreshing } from './refreshing.ts';
import { tokenFault } from './token-faults.ts';
import { marksOf, newSession, newUserIn, tokenRecord } from './token-records.ts';

export const stuckTenant = 'tenant-stuck';

/** What keeps some users from being worked on. */
export type Trouble = UnusableReason | 'operator';

export interface StuckMarks {
  trouble: Trouble;
  /** Users whom nobody can work on, in front. */
  stuck: number;
  /** Users behind them. */
  healthy: number;
}

/**
 * Users of one shard, all hot, with tokens for an hour and the default policy: those in trouble are
 * due before the healthy ones. One instance sweeps and works, minute by minute.
 */
export async function createStuckMarks({ trouble, stuck: stuckCount, healthy }: StuckMarks) {
  const refreshing = await createRefreshing();
  const { clock, tokens, tokenClient } = refreshing;
  let isInTrouble = true;

  async function signIn(count: number, fields: Partial<TokenRecord>): Promise<UserHash[]> {
    const users = Array.from({ length: count }, () => newUserIn('7'));
    for (const [index, user] of users.entries()) {
      const dueAt = (fields.dueAt ?? 0) + index;
      await tokens.signIn(tokenRecord({ user, ...fields, dueAt }), newSession());
    }
    return users;
  }

  const tenantId = trouble === 'operator' ? stuckTenant : 'tenant-1';
  const stuck = await signIn(stuckCount, { dueAt: startTime + 44 * minutes, tenantId });
  const behind = await signIn(healthy, { dueAt: startTime + 45 * minutes });
  const isStuck = new Set<string>(stuck);

  function assertUsable(user: UserHash, ...reasons: Trouble[]): void {
    if (!isInTrouble || trouble === 'operator') return;
    if (!isStuck.has(user) || !reasons.includes(trouble)) return;
    throw new UnusableError(trouble, new AppError('temporarily_unavailable'));
  }

  const store: TokenStore = {
    ...tokens,
    async read(user, flow) {
      assertUsable(user, 'key', 'newer_schema');
      return tokens.read(user, flow);
    },
    async readStatus(user, flow) {
      assertUsable(user, 'newer_schema');
      return tokens.readStatus(user, flow);
    },
    async dropStaleMark(mark) {
      assertUsable(mark.user, 'newer_schema');
      return tokens.dropStaleMark(mark);
    },
  };
  const client: TokenClient = {
    ...tokenClient,
    async refresh(slot, ...given) {
      if (!isInTrouble || slot.tenantId !== stuckTenant) return tokenClient.refresh(slot, ...given);
      const row = await slot.read();
      if (row) throw new TokenError(tokenFault({ status: 401, error: 'invalid_client' }));
      throw new Error('the user has signed out');
    },
  };
  const here = { ...refreshing.instance({ tokens: store }), tokenClient: client };
  const queue = createMemoryRefreshQueue();
  const sweepCore = {
    ...{ tokens: store, queue, heartbeats: createMemoryHeartbeatStore() },
    ...{ refreshPolicy, now: clock.now },
  };

  return {
    ...refreshing,
    stuck,
    behind,
    /** A sweep, and the work that comes of it; then the minute passes. */
    async passMinute(): Promise<void> {
      const at = clock.now();
      await sweep(sweepCore);
      for (const mark of queue.take()) await refreshDueUser(here, mark);
      clock.advance(Math.max(0, at + 60 * seconds - clock.now()));
    },
    endTrouble: () => {
      isInTrouble = false;
    },
    async refreshed(users: readonly UserHash[]): Promise<UserHash[]> {
      const records = await Promise.all(users.map((user) => tokens.read(user, 'code')));
      return users.filter((_, at) => records[at]?.refreshedBy === 'timer');
    },
    /** Users without a mark, or with one that doesn't hold. */
    async unmarked(users: readonly UserHash[]): Promise<UserHash[]> {
      const counts = await Promise.all(
        users.map(async (user) => {
          const record = await tokens.read(user, 'code');
          const marks = await marksOf(tokens, user);
          return marks.filter(({ dueAt }) => record && dueAt >= record.dueAt).length;
        }),
      );
      return users.filter((_, at) => counts[at] === 0);
    },
  };
}
