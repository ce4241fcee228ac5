import { describe, expect, it } from 'vitest';
import { type RefreshRequest, refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { TokenError } from '../../../../src/lib/auth/token-error.ts';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { tokenFault } from '../../../support/token-faults.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

function refresh({ instance, user }: Refreshing, request: Partial<RefreshRequest> = {}) {
  return refreshTokens(instance(), {
    user,
    flow: 'code',
    by: 'timer',
    wanted: () => true,
    ...request,
  });
}

describe('a refresh', () => {
  it('replaces the tokens, moves the due mark and gives the lease back', async () => {
    const refreshing = await createRefreshing();
    refreshing.clock.advance(40 * minutes);
    const outcome = await refresh(refreshing);
    const expiresAt = startTime + 100 * minutes;
    expect(outcome).toEqual({ kind: 'refreshed', accessToken: { token: 'access-1', expiresAt } });
    const record = await refreshing.record();
    expect(record).toMatchObject({
      cache: 'cache-1',
      accessTokenExpiresAt: expiresAt,
      refreshedAt: startTime + 40 * minutes,
      refreshedBy: 'timer',
      dueAt: startTime + 85 * minutes,
    });
    expect(record.lease).toBeUndefined();
    const { tokens, user } = refreshing;
    expect(await marksOf(tokens, user)).toEqual([{ user, flow: 'code', dueAt: record.dueAt }]);
  });

  it('holds the lease while the token endpoint works', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = async () => {
      expect((await refreshing.record()).lease?.until).toBe(startTime + 30 * seconds);
      expect(await refresh(refreshing)).toMatchObject({ kind: 'busy' });
    };
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it('is one token call for many at once', async () => {
    const refreshing = await createRefreshing();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshing)));
    expect(outcomes.filter(({ kind }) => kind === 'refreshed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'busy')).toHaveLength(19);
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it('takes over a lease that has run out', async () => {
    const lease = { owner: 'dead', until: startTime };
    const refreshing = await createRefreshing({ lease });
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
  });

  it('waits for a lease that holds', async () => {
    const lease = { owner: 'other', until: startTime + 1 };
    const refreshing = await createRefreshing({ lease });
    expect(await refresh(refreshing)).toMatchObject({
      kind: 'busy',
      accessToken: { token: 'access-0' },
    });
    expect(refreshing.tokenClient.refreshes).toBe(0);
  });

  it('that is not wanted does nothing', async () => {
    const refreshing = await createRefreshing();
    const before = await refreshing.record();
    expect(await refresh(refreshing, { wanted: () => false })).toMatchObject({
      kind: 'not-wanted',
    });
    expect(await refreshing.record()).toEqual(before);
  });

  it('of nobody is gone', async () => {
    const refreshing = await createRefreshing();
    expect(await refresh(refreshing, { user: newUser() })).toEqual({ kind: 'gone' });
    expect(await refresh(refreshing, { flow: 'device' })).toEqual({ kind: 'gone' });
    expect(refreshing.tokenClient.refreshes).toBe(0);
  });

  it('loses to a sign-out meanwhile, and leaves nothing', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = async () => {
      await refreshing.signOut();
    };
    expect(await refresh(refreshing)).toEqual({ kind: 'gone' });
    expect(refreshing.tokens.rowsOf(refreshing.user)).toEqual([]);
  });

  it('asks for the scopes that were granted', async () => {
    const refreshing = await createRefreshing({ scopes: ['User.Read', 'Mail.Read'] });
    await refresh(refreshing);
    expect((await refreshing.record()).scopes).toEqual(['User.Read', 'Mail.Read']);
  });

  it('writes again over a record that changed meanwhile', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = async () => {
      const token = tokenRecord({ user: refreshing.user, token: 'signed-in-again' });
      await refreshing.tokens.signIn(token, newSession());
    };
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    expect((await refreshing.record()).accessToken.token).toBe('access-1');
    expect(await marksOf(refreshing.tokens, refreshing.user)).toHaveLength(1);
  });
});

describe('a failed refresh', () => {
  const failures: [string, () => unknown][] = [
    ['refused', () => new TokenError(tokenFault({ error: 'invalid_grant' }))],
    ['without an answer', () => new TokenError(tokenFault({ status: undefined }))],
    ['broken', () => new RangeError('a bug')],
  ];

  it.each(failures)('%s leaves the record as it was and gives the lease back', async (_, make) => {
    const refreshing = await createRefreshing();
    const { version: _before, ...before } = await refreshing.record();
    const failure = make();
    refreshing.tokenClient.atEndpoint = () => {
      throw failure;
    };
    await expect(refresh(refreshing)).rejects.toBe(failure);
    const { version: _after, ...after } = await refreshing.record();
    expect(after).toEqual(before);
    expect(await marksOf(refreshing.tokens, refreshing.user)).toHaveLength(1);
  });

  it('is told as it was, even if the lease can’t be given back', async () => {
    const refreshing = await createRefreshing();
    const failure = new TokenError(tokenFault({ error: 'invalid_grant' }));
    refreshing.tokenClient.atEndpoint = async () => {
      await refreshing.signOut();
      throw failure;
    };
    await expect(refresh(refreshing)).rejects.toBe(failure);
    expect(refreshing.tokens.rowsOf(refreshing.user)).toEqual([]);
  });
});
