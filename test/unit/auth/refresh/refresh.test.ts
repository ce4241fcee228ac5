import { describe, expect, it } from 'vitest';
import type { TokenStore } from '../../../../src/lib/auth/ports.ts';
import type { RefreshRequest } from '../../../../src/lib/auth/refresh/outcome.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing, type Instance } from '../../../support/refreshing.ts';
import { marksOf, newUser } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

function refresh(
  { instance, user }: Refreshing,
  request: Partial<RefreshRequest> = {},
  given: Instance = {},
) {
  const asked = { user, flow: 'code', by: 'timer', wanted: () => true } as const;
  return refreshTokens(instance(given), { ...asked, ...request });
}

/** The store, and what is called of it. */
function observed(tokens: TokenStore): { tokens: TokenStore; calls: string[] } {
  const calls: string[] = [];
  const noted = Object.entries(tokens).map(([name, of]) => [
    name,
    (...args: unknown[]) => {
      calls.push(name);
      return of(...args);
    },
  ]);
  return { tokens: Object.fromEntries(noted), calls };
}

describe('a refresh', () => {
  it('replaces the tokens, moves the due mark and gives the lease back', async () => {
    const refreshing = await createRefreshing();
    refreshing.clock.advance(40 * minutes);
    const outcome = await refresh(refreshing);
    const expiresAt = startTime + 100 * minutes;
    const accessToken = { token: 'access-1', expiresAt };
    expect(outcome).toEqual({ kind: 'refreshed', accessToken, scopes: ['User.Read'] });
    const record = await refreshing.record();
    expect(record).toMatchObject({
      cache: 'cache-1',
      accessToken,
      accessTokenExpiresAt: expiresAt,
      refreshedAt: startTime + 40 * minutes,
      refreshedBy: 'timer',
      lastSeenAt: startTime,
      dueAt: startTime + 85 * minutes,
      lease: undefined,
    });
    const { tokens, user, counts } = refreshing;
    const { dueAt } = record;
    expect(await marksOf(tokens, user)).toEqual([{ user, flow: 'code', state: 'active', dueAt }]);
    expect(counts).toEqual({ refreshed: 1, failed: 0, reauthRequired: 0, poisoned: 0 });
  });

  it('is three requests to the store', async () => {
    const refreshing = await createRefreshing();
    const { tokens, calls } = observed(refreshing.tokens);
    await refresh(refreshing, {}, { tokens });
    expect(calls).toEqual(['read', 'changeStatus', 'update']);
  });

  it('for a request notes that the user is there', async () => {
    const refreshing = await createRefreshing();
    refreshing.clock.advance(25 * hours);
    await refresh(refreshing, { by: 'request' });
    expect(await refreshing.record()).toMatchObject({
      refreshedBy: 'request',
      lastSeenAt: startTime + 25 * hours,
      dueAt: startTime + 25 * hours + 45 * minutes,
    });
  });

  it('asks for the scopes that were granted', async () => {
    const refreshing = await createRefreshing({ scopes: ['User.Read', 'Mail.Read'] });
    await refresh(refreshing);
    expect((await refreshing.record()).scopes).toEqual(['User.Read', 'Mail.Read']);
  });

  it('that is not wanted does nothing', async () => {
    const refreshing = await createRefreshing();
    const record = await refreshing.record();
    const { tokens, calls } = observed(refreshing.tokens);
    const outcome = await refresh(refreshing, { wanted: () => false }, { tokens });
    expect(outcome).toEqual({ kind: 'not-wanted', record });
    expect(calls).toEqual(['read']);
    expect(refreshing.tokenClient.refreshes).toBe(0);
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
    expect(refreshing.counts.refreshed).toBe(0);
  });
});

describe('the lease of a refresh', () => {
  it('holds while the token endpoint works', async () => {
    const refreshing = await createRefreshing();
    refreshing.tokenClient.atEndpoint = async () => {
      expect((await refreshing.record()).lease?.until).toBe(startTime + 30 * seconds);
      expect(await refresh(refreshing)).toMatchObject({ kind: 'busy' });
    };
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it('makes it one token call for many at once', async () => {
    const refreshing = await createRefreshing();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshing)));
    expect(outcomes.filter(({ kind }) => kind === 'refreshed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'busy')).toHaveLength(19);
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it('of another is respected', async () => {
    const lease = { owner: 'other', until: startTime + 1 };
    const refreshing = await createRefreshing({ lease });
    const { accessToken } = await refreshing.record();
    expect(await refresh(refreshing)).toEqual({ kind: 'busy', accessToken });
    expect(refreshing.tokenClient.refreshes).toBe(0);
  });

  it('is taken over when it has run out', async () => {
    const lease = { owner: 'dead', until: startTime };
    const refreshing = await createRefreshing({ lease });
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
  });
});

describe('no token call', () => {
  it('is made for a user who has to sign in again, wanted or not', async () => {
    const refreshing = await createRefreshing({
      state: 'reauth_required',
      reason: 'password_changed',
    });
    for (const wanted of [() => true, () => false]) {
      expect(await refresh(refreshing, { wanted })).toMatchObject({
        kind: 'refused',
        error: { code: 'reauth_required', public: { reason: 'password_changed' } },
      });
    }
    expect(refreshing.tokenClient.refreshes).toBe(0);
    expect(refreshing.counts.reauthRequired).toBe(0);
  });

  it('is made before a user’s back-off is over', async () => {
    const refreshing = await createRefreshing({ failures: 3, retryAt: startTime + 20 * seconds });
    const before = await refreshing.record();
    const { accessToken } = before;
    refreshing.clock.advance(20 * seconds - 1);
    const outcome = await refresh(refreshing, { by: 'request' });
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', accessToken },
      error: { code: 'temporarily_unavailable', public: { retryAfterSeconds: 1 } },
    });
    expect(await refreshing.record()).toEqual(before);
    expect(refreshing.counts.failed).toBe(0);
    refreshing.clock.advance(1);
    expect(await refresh(refreshing)).toMatchObject({ kind: 'refreshed' });
    expect(refreshing.tokenClient.refreshes).toBe(1);
  });

  it.each(['timer', 'request'] as const)('is made with the breaker open, by %s', async (by) => {
    const refreshing = await createRefreshing();
    const before = await refreshing.record();
    const { accessToken } = before;
    const gate = refreshing.newGate();
    gate.leave('tenant-1', newUser(), { classified: { class: 'operator' }, fault: undefined });
    const outcome = await refresh(refreshing, { by }, { gate });
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', accessToken },
      error: { code: 'misconfigured', public: { retryAfterSeconds: 15 } },
    });
    expect(await refreshing.record()).toEqual(before);
    expect(refreshing.tokenClient.refreshes).toBe(0);
  });

  it('is kept back by another tenant’s breaker', async () => {
    const refreshing = await createRefreshing();
    const gate = refreshing.newGate();
    gate.leave('tenant-2', newUser(), { classified: { class: 'operator' }, fault: undefined });
    expect(await refresh(refreshing, {}, { gate })).toMatchObject({ kind: 'refreshed' });
  });
});

describe('a refresh that meets a bug', () => {
  it('tells it as it is, gives the lease back and leaves the rest', async () => {
    const refreshing = await createRefreshing();
    const { version: _before, ...before } = await refreshing.record();
    const bug = new RangeError('a bug');
    refreshing.tokenClient.atEndpoint = () => {
      throw bug;
    };
    await expect(refresh(refreshing)).rejects.toBe(bug);
    const { version: _after, ...after } = await refreshing.record();
    expect(after).toEqual(before);
    expect(refreshing.counts.failed).toBe(0);
  });

  it('gives the lease back even if the user’s activity was noted meanwhile', async () => {
    const refreshing = await createRefreshing();
    const bug = new RangeError('a bug');
    const lastSeenAt = startTime + seconds;
    refreshing.tokenClient.atEndpoint = async () => {
      await refreshing.tokens.changeStatus(await refreshing.record(), { lastSeenAt });
      throw bug;
    };
    await expect(refresh(refreshing)).rejects.toBe(bug);
    expect(await refreshing.record()).toMatchObject({ lease: undefined, lastSeenAt });
  });

  it('leaves the lease of another who has taken over meanwhile', async () => {
    const refreshing = await createRefreshing();
    const bug = new RangeError('a bug');
    const lease = { owner: 'other', until: startTime + seconds };
    refreshing.tokenClient.atEndpoint = async () => {
      await refreshing.tokens.changeStatus(await refreshing.record(), { lease });
      throw bug;
    };
    await expect(refresh(refreshing)).rejects.toBe(bug);
    expect(await refreshing.record()).toMatchObject({ lease });
  });

  it('tells it even if the lease can’t be given back', async () => {
    const refreshing = await createRefreshing();
    const bug = new RangeError('a bug');
    refreshing.tokenClient.atEndpoint = async () => {
      await refreshing.signOut();
      throw bug;
    };
    await expect(refresh(refreshing)).rejects.toBe(bug);
    expect(refreshing.tokens.rowsOf(refreshing.user)).toEqual([]);
  });
});
