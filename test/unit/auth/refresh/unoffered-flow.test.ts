import { describe, expect, it } from 'vitest';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { days, minutes, startTime } from '../../../support/clock.ts';
import { testClient } from '../../../support/refresh-policy.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { marksOf, newSession, tokenRecord } from '../../../support/token-records.ts';

/** A user with tokens of a client that the app no longer has. */
async function unoffered() {
  const refreshing = await createRefreshing({ flow: 'device' });
  const { instance, clock, user } = refreshing;
  clock.advance(46 * minutes);
  const core = { ...instance(), clients: { code: testClient, device: undefined } };
  const refresh = () =>
    refreshTokens(core, { user, flow: 'device', by: 'timer', wanted: () => true });
  return { ...refreshing, core, refresh };
}

describe('tokens of a client that the app no longer has', () => {
  it('end their sign-in, without a token call', async () => {
    const { refresh, record, tokens, tokenClient, user, counts, clock } = await unoffered();
    expect(await refresh()).toMatchObject({
      kind: 'refused',
      error: { code: 'reauth_required', public: { reason: 'device_sign_in_off' } },
    });
    const ended = { state: 'reauth_required', reason: 'device_sign_in_off', lease: undefined };
    expect(await record()).toMatchObject({ ...ended, dueAt: clock.now() + days });
    expect(await marksOf(tokens, user)).toEqual([]);
    expect(await marksOf(tokens, user, 'reauth_required')).toHaveLength(1);
    expect(tokenClient.refreshes).toBe(0);
    expect(counts).toMatchObject({ reauthRequired: 1, failed: 0 });
  });

  it('are no fault of the operator’s, and the log says why they end', async () => {
    const { refresh, breakerReports, log } = await unoffered();
    await refresh();
    expect(breakerReports).toEqual([]);
    expect(log.lines).toMatchObject([
      { event: 'audit', fields: { outcome: 'reauth_required', reason: 'device_sign_in_off' } },
    ]);
  });

  it('are no longer due', async () => {
    const { core, record, tokens, user } = await unoffered();
    const { dueAt } = await record();
    await refreshDueUser(core, { user, flow: 'device', state: 'active', dueAt });
    expect(await marksOf(tokens, user)).toEqual([]);
  });

  it('stay if newer ones come meanwhile', async () => {
    const { core, record, tokens, user } = await unoffered();
    const newer = tokenRecord({ user, flow: 'device', token: 'newer', refreshedAt: startTime + 1 });
    const store = {
      ...core.tokens,
      async readStatus(...of: Parameters<typeof tokens.readStatus>) {
        await tokens.signIn(newer, newSession());
        return tokens.readStatus(...of);
      },
    };
    const request = { user, flow: 'device', by: 'timer', wanted: () => true } as const;
    const outcome = await refreshTokens({ ...core, tokens: store }, request);
    expect(outcome).toMatchObject({ kind: 'busy' });
    expect(await record()).toMatchObject({ state: 'active' });
  });

  it('are gone if the user signs out meanwhile', async () => {
    const { core, tokens, signOut, user } = await unoffered();
    const store = {
      ...core.tokens,
      async readStatus(...of: Parameters<typeof tokens.readStatus>) {
        const status = await tokens.readStatus(...of);
        await signOut();
        return status;
      },
    };
    const request = { user, flow: 'device', by: 'timer', wanted: () => true } as const;
    expect(await refreshTokens({ ...core, tokens: store }, request)).toEqual({
      kind: 'gone',
    });
  });
});
