import { describe, expect, it } from 'vitest';
import type { StatusChange, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { AppError, ConflictError } from '../../../../src/lib/errors.ts';
import { days, hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { marksOf, newSession, tokenRecord } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

function refresh({ instance, user }: Refreshing, store: Partial<TokenStore> = {}) {
  const here = instance();
  const core = { ...here, tokens: { ...here.tokens, ...store } };
  return refreshTokens(core, { user, flow: 'code', by: 'timer', wanted: () => true });
}

/** What another instance does to the status while the token endpoint works. */
function changedMeanwhile(refreshing: Refreshing, change: StatusChange): void {
  refreshing.tokenClient.atEndpoint = async () => {
    await refreshing.tokens.changeStatus(await refreshing.record(), change);
  };
}

async function signedInAgain({ tokens, user, clock }: Refreshing): Promise<void> {
  clock.advance(seconds);
  const record = tokenRecord({ user, token: 'signed-in-again', refreshedAt: clock.now() });
  await tokens.signIn(record, newSession());
}

describe('a process that stands still with its lease', () => {
  /** Takes the lease, and then stands still. */
  const standingStill = ({ tokens, clock }: Refreshing, ms: number): Partial<TokenStore> => ({
    async changeStatus(previous, change) {
      const version = await tokens.changeStatus(previous, change);
      clock.advance(ms);
      return version;
    },
  });

  it('makes no token call when the lease may not last for it', async () => {
    const refreshing = await createRefreshing();
    const { accessToken } = await refreshing.record();
    const outcome = await refresh(refreshing, standingStill(refreshing, 18 * seconds + 1));
    expect(outcome).toEqual({ kind: 'busy', accessToken });
    expect(refreshing.tokenClient.refreshes).toBe(0);
  });

  it('goes on when the lease lasts', async () => {
    const refreshing = await createRefreshing();
    const outcome = await refresh(refreshing, standingStill(refreshing, 18 * seconds));
    expect(outcome).toMatchObject({ kind: 'refreshed' });
  });

  it('keeps what a slow token call brought, whoever changed the status meanwhile', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = async () => {
      refreshing.clock.advance(25 * seconds);
      await refreshing.tokens.changeStatus(await refreshing.record(), { failures: 1 });
    };
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    expect((await refreshing.record()).accessToken.token).toBe('access-1');
  });
});

describe('what others do while the token endpoint works', () => {
  it('stays, and so do the new tokens, when it is activity', async () => {
    const refreshing = await createRefreshing({ lastSeenAt: startTime - 2 * days });
    const change = { lastSeenAt: startTime - hours, sessionsEndAt: startTime + 9 * days };
    changedMeanwhile(refreshing, change);
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    const dueAt = startTime + 45 * minutes;
    expect(await refreshing.record()).toMatchObject({ cache: 'cache-1', ...change, dueAt });
    expect(await marksOf(refreshing.tokens, refreshing.user)).toMatchObject([{ dueAt }]);
    expect(refreshing.tokenClient.refreshes).toBe(1);
    expect(refreshing.clock.now()).toBe(startTime);
  });

  it('stays when it is a sign-out that keeps the tokens', async () => {
    const refreshing = await createRefreshing();
    const { tokens, user, session, clock, tokenClient } = refreshing;
    tokenClient.atEndpoint = async () => {
      await tokens.signOut(user, [session.hash], { now: clock.now(), retainMs: days });
    };
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    const kept = { cache: 'cache-1', sessionsEndAt: startTime };
    expect(await refreshing.record()).toMatchObject(kept);
  });

  it('gives way to the new tokens when it was told that there are none', async () => {
    const refreshing = await createRefreshing();
    changedMeanwhile(refreshing, {
      state: 'reauth_required',
      reason: 'invalid_grant',
      failures: 2,
    });
    await refresh(refreshing);
    const active = { cache: 'cache-1', state: 'active', reason: undefined, failures: 0 };
    expect(await refreshing.record()).toMatchObject(active);
    expect(await marksOf(refreshing.tokens, refreshing.user)).toHaveLength(1);
    expect(await marksOf(refreshing.tokens, refreshing.user, 'reauth_required')).toEqual([]);
  });

  it('is never overwritten when it is a sign-in', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = () => signedInAgain(refreshing);
    expect(await refresh(refreshing)).toMatchObject({ kind: 'busy' });
    expect((await refreshing.record()).accessToken.token).toBe('signed-in-again');
    expect(await marksOf(refreshing.tokens, refreshing.user)).toHaveLength(1);
    expect(refreshing.tokenClient.refreshes).toBe(1);
    expect(refreshing.counts).toMatchObject({ refreshed: 0, failed: 0, reauthRequired: 0 });
  });
});

describe('a store that does not answer', () => {
  const away = new AppError('temporarily_unavailable');

  /** An update that fails so many times before, or after, it is done. */
  function failing(
    { tokens }: Refreshing,
    { times, commits, error }: { times: number; commits: boolean; error: Error },
  ): Pick<TokenStore, 'update'> {
    let left = times;
    return {
      async update(previous, next) {
        left -= 1;
        if (left < 0) return tokens.update(previous, next);
        if (commits) await tokens.update(previous, next);
        throw error;
      },
    };
  }

  it.each([
    ['a conflict with the retry inside the store', new ConflictError('412')],
    ['a time-out', away],
  ])('has taken the tokens, and it shows as %s', async (_, error) => {
    const refreshing = await createRefreshing();
    refreshing.clock.advance(minutes);
    const lost = failing(refreshing, { times: 1, commits: true, error });
    expect(await refresh(refreshing, lost)).toMatchObject({
      kind: 'refreshed',
      accessToken: { token: 'access-1' },
    });
    expect(await refreshing.record()).toMatchObject({ cache: 'cache-1', lease: undefined });
    expect(await marksOf(refreshing.tokens, refreshing.user)).toHaveLength(1);
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it.each([
    [1, 500],
    [2, 2_000],
  ])('at %d tries gets the tokens all the same, after %d ms', async (times, ms) => {
    const refreshing = await createRefreshing();
    const slow = failing(refreshing, { times, commits: false, error: away });
    expect(await refresh(refreshing, slow)).toMatchObject({ kind: 'refreshed' });
    expect((await refreshing.record()).accessToken.token).toBe('access-1');
    expect(refreshing.clock.now()).toBe(startTime + ms);
  });

  it('at three tries is told of, and is no failure of the user’s', async () => {
    const refreshing = await createRefreshing();
    const { version: _before, ...before } = await refreshing.record();
    const dead = failing(refreshing, { times: 3, commits: false, error: away });
    await expect(refresh(refreshing, dead)).rejects.toBe(away);
    const { version: _after, ...after } = await refreshing.record();
    expect(after).toEqual(before);
    expect(refreshing.counts).toEqual({ refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 });
  });

  it('for good is told of, and the lease runs out', async () => {
    const refreshing = await createRefreshing();
    const { tokens } = refreshing;
    let isThere = true;
    refreshing.tokenClient.atEndpoint = () => {
      isThere = false;
    };
    const dying: Partial<TokenStore> = {
      changeStatus: async (...given) => {
        if (!isThere) throw away;
        return tokens.changeStatus(...given);
      },
      update: () => Promise.reject(away),
    };
    await expect(refresh(refreshing, dying)).rejects.toBe(away);
    const until = startTime + 30 * seconds;
    expect(await refreshing.record()).toMatchObject({ failures: 0, retryAt: 0, lease: { until } });
  });
});
