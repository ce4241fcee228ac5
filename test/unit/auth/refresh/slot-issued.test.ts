import { describe, expect, it } from 'vitest';
import type { TokenStore } from '../../../../src/lib/auth/ports.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { AppError, ConflictError } from '../../../../src/lib/errors.ts';
import { seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { refusedApp } from '../../../support/token-gates.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';

const away = new AppError('temporarily_unavailable');

/** A user of whom the app has just been refused, and may try again. */
async function tryingAgain() {
  const refreshing = await createRefreshing();
  const { clock, instance, newGate, tokens, tokenClient, user } = refreshing;
  const gate = newGate();
  gate.leave('tenant-1', user, refusedApp);
  clock.advance(15 * seconds);
  const startedAt = clock.now();
  const newer = tokenRecord({ user, token: 'newer', refreshedAt: startTime + 1 });
  return {
    ...refreshing,
    ...{ gate, startedAt },
    /** While the token endpoint works. */
    meanwhile: (work: () => Promise<unknown>) => {
      tokenClient.atEndpoint = async () => {
        await work();
      };
    },
    signInAgain: () => tokens.signIn(newer, newSession()),
    refresh: (store: Partial<TokenStore> = {}, by: 'timer' | 'request' = 'timer') =>
      refreshTokens(
        { ...instance({ gate }), tokens: { ...tokens, ...store } },
        { user, flow: 'code', by, wanted: () => true },
      ),
  };
}

/** Reads the record once, and fails so many times after that. */
function failingReads(tokens: TokenStore, times: number): Pick<TokenStore, 'read'> {
  let reads = 0;
  return {
    async read(...given) {
      reads += 1;
      if (reads > 1 && reads <= times + 1) throw away;
      return tokens.read(...given);
    },
  };
}

describe('tokens that were issued close the breaker', () => {
  it('when they are kept', async () => {
    const { gate, refresh } = await tryingAgain();
    expect(gate.isOpen('tenant-1')).toBe(true);
    expect(await refresh()).toMatchObject({ kind: 'refreshed' });
    expect(gate.isOpen('tenant-1')).toBe(false);
  });

  it('when a sign-in brought newer ones', async () => {
    const { gate, meanwhile, record, refresh, signInAgain } = await tryingAgain();
    meanwhile(signInAgain);
    expect(await refresh()).toMatchObject({ kind: 'busy' });
    expect((await record()).accessToken.token).toBe('newer');
    expect(gate.isOpen('tenant-1')).toBe(false);
  });

  it('when the user has signed out', async () => {
    const { gate, meanwhile, refresh, signOut } = await tryingAgain();
    meanwhile(signOut);
    expect(await refresh()).toEqual({ kind: 'gone' });
    expect(gate.isOpen('tenant-1')).toBe(false);
  });

  it('when the store does not take them', async () => {
    const { gate, refresh, clock, startedAt, counts, record } = await tryingAgain();
    await expect(refresh({ update: () => Promise.reject(away) })).rejects.toBe(away);
    expect(gate.isOpen('tenant-1')).toBe(false);
    expect(clock.now()).toBe(startedAt + 2 * seconds);
    expect(counts.failed).toBe(0);
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0, lease: undefined });
  });
});

describe('tokens that the store does not take', () => {
  it('are good for the request that waits for them', async () => {
    const { record, refresh } = await tryingAgain();
    const outcome = await refresh({ update: () => Promise.reject(away) }, 'request');
    expect(outcome).toMatchObject({ kind: 'refreshed', accessToken: { token: 'access-1' } });
    expect(await record()).toMatchObject({ cache: 'cache-0', failures: 0, lease: undefined });
  });
});

describe('without tokens', () => {
  it('the breaker stays open when another instance is faster', async () => {
    const { gate, refresh } = await tryingAgain();
    const changeStatus = () => Promise.reject(new ConflictError('412'));
    expect(await refresh({ changeStatus })).toMatchObject({ kind: 'busy' });
    expect(gate.isOpen('tenant-1')).toBe(true);
  });
});

describe('the look at what conflicts with issued tokens', () => {
  it.each([
    [1, 500],
    [2, 2_000],
  ])('is tried again after the store has failed (%d times: %d ms)', async (times, ms) => {
    const { clock, meanwhile, record, refresh, startedAt, tokens } = await tryingAgain();
    meanwhile(async () => tokens.changeStatus(await record(), { failures: 1 }));
    expect(await refresh(failingReads(tokens, times))).toMatchObject({ kind: 'refreshed' });
    expect(await record()).toMatchObject({ cache: 'cache-1', failures: 0, lease: undefined });
    expect(clock.now()).toBe(startedAt + ms);
  });

  it('finds its own tokens there when the answer was lost', async () => {
    const { record, refresh, tokens, tokenClient } = await tryingAgain();
    let tries = 0;
    const update: typeof tokens.update = async (...given) => {
      tries += 1;
      const version = await tokens.update(...given);
      if (tries === 1) throw away;
      return version;
    };
    const reads = failingReads(tokens, 1);
    expect(await refresh({ ...reads, update })).toMatchObject({ kind: 'refreshed' });
    expect(await record()).toMatchObject({ cache: 'cache-1', lease: undefined });
    expect({ tries, calls: tokenClient.refreshes }).toEqual({ tries: 2, calls: 1 });
  });

  it('that fails for good is the store’s failure, and nobody else’s', async () => {
    const { counts, gate, meanwhile, record, refresh, tokens } = await tryingAgain();
    meanwhile(async () => tokens.changeStatus(await record(), { lastSeenAt: startTime + 1 }));
    await expect(refresh(failingReads(tokens, 3))).rejects.toBe(away);
    expect(counts).toEqual({ refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 });
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0, cache: 'cache-0' });
    expect(gate.isOpen('tenant-1')).toBe(false);
  });
});
