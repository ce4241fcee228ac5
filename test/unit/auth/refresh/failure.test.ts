import { describe, expect, it } from 'vitest';
import { backingOff, faultOf } from '../../../../src/lib/auth/refresh/failure.ts';
import type { RefreshRequest } from '../../../../src/lib/auth/refresh/outcome.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import type { TokenFault } from '../../../../src/lib/auth/tokens/token-fault.ts';
import { AppError, ConflictError, type ErrorCode } from '../../../../src/lib/errors.ts';
import { days, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing, type Instance } from '../../../support/refreshing.ts';
import { tokenFault } from '../../../support/token-faults.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

/** A refresh that the token endpoint answers with a fault, after something else has happened. */
async function refused(
  refreshing: Refreshing,
  fault: Partial<TokenFault>,
  { by = 'timer', meanwhile, ...given }: Options = {},
) {
  const { instance, user, tokenClient } = refreshing;
  tokenClient.atEndpoint = async () => {
    await meanwhile?.();
    throw new TokenError(tokenFault(fault), new Error('AADSTS70043 refresh_token=0.AAA'));
  };
  return refreshTokens(instance(given), { user, flow: 'code', by, wanted: () => true });
}

interface Options extends Instance {
  by?: RefreshRequest['by'];
  meanwhile?: () => Promise<unknown>;
}

async function columns(refreshing: Refreshing) {
  const { version: _, ...row } = await refreshing.record();
  return row;
}

const nothing = { refreshed: 0, failed: 0, reauthRequired: 0, poisoned: 0 };
const invalidGrant = { error: 'invalid_grant' };

describe('a fault of the user’s or of their administrator', () => {
  it.each([
    ['user', 'invalid_grant', []],
    ['user', 'password_changed', [50133]],
    ['administrator', 'blocked_by_policy', [53003]],
    ['administrator', 'not_assigned', [50105]],
  ] as const)('(%s, %s) ends the sign-in', async (_class, reason, errorCodes) => {
    const refreshing = await createRefreshing({ failures: 2, retryAt: startTime + minutes });
    const { tokens, user, clock, counts } = refreshing;
    clock.advance(30 * minutes);
    expect(await refused(refreshing, { ...invalidGrant, errorCodes })).toMatchObject({
      kind: 'refused',
      error: { code: 'reauth_required', public: { reason, login: {} } },
    });
    const dueAt = startTime + 30 * minutes + days;
    const ended = { state: 'reauth_required', reason, failures: 0, retryAt: 0, lease: undefined };
    expect(await columns(refreshing)).toMatchObject({ ...ended, dueAt, cache: 'cache-0' });
    expect(await marksOf(tokens, user)).toEqual([]);
    expect(await marksOf(tokens, user, 'reauth_required')).toMatchObject([{ dueAt }]);
    expect(counts).toEqual({ ...nothing, reauthRequired: 1 });
  });

  it('is not believed when newer tokens are there', async () => {
    const refreshing = await createRefreshing();
    const { tokens, user, clock } = refreshing;
    const newer = tokenRecord({ user, token: 'newer', refreshedAt: startTime + 1 });
    const meanwhile = async () => {
      clock.advance(1);
      await tokens.signIn(newer, newSession());
    };
    const outcome = await refused(refreshing, invalidGrant, { meanwhile });
    expect(outcome).toMatchObject({ kind: 'busy', accessToken: { token: 'access-0' } });
    expect(await columns(refreshing)).toEqual(newer);
    expect(refreshing.counts).toEqual(nothing);
  });

  it('is not believed when newer tokens come just before it is written down', async () => {
    const refreshing = await createRefreshing();
    const { tokens, user } = refreshing;
    const newer = tokenRecord({ user, token: 'newer', refreshedAt: startTime + 1 });
    const store: typeof tokens = {
      ...tokens,
      async changeStatus(previous, change) {
        if (change.state) await tokens.signIn(newer, newSession());
        return tokens.changeStatus(previous, change);
      },
    };
    const outcome = await refused(refreshing, invalidGrant, { tokens: store });
    expect(outcome).toMatchObject({ kind: 'busy' });
    expect(await columns(refreshing)).toEqual(newer);
  });

  it('stays with activity that came meanwhile', async () => {
    const refreshing = await createRefreshing();
    const { tokens } = refreshing;
    let seen = false;
    const store: typeof tokens = {
      ...tokens,
      async changeStatus(previous, change) {
        if (change.state && !seen) {
          seen = true;
          await tokens.changeStatus(previous, { lastSeenAt: startTime + 1 });
        }
        return tokens.changeStatus(previous, change);
      },
    };
    const outcome = await refused(refreshing, invalidGrant, { tokens: store });
    expect(outcome).toMatchObject({ kind: 'refused' });
    const both = { state: 'reauth_required', lastSeenAt: startTime + 1 };
    expect(await columns(refreshing)).toMatchObject(both);
  });

  it('of a user who has signed out meanwhile leaves nothing', async () => {
    const refreshing = await createRefreshing();
    const { signOut: meanwhile, tokens, user, counts } = refreshing;
    expect(await refused(refreshing, invalidGrant, { meanwhile })).toEqual({ kind: 'gone' });
    expect(tokens.rowsOf(user)).toEqual([]);
    expect(counts).toEqual(nothing);
  });

  it('that can’t be written down is told as the store’s', async () => {
    const refreshing = await createRefreshing();
    const away = new AppError('temporarily_unavailable');
    const tokens = { ...refreshing.tokens, readStatus: () => Promise.reject(away) };
    await expect(refused(refreshing, invalidGrant, { tokens })).rejects.toBe(away);
    expect(await columns(refreshing)).toMatchObject({
      state: 'active',
      dueAt: startTime + 30 * minutes,
    });
  });
});

describe('a fault of the operator’s', () => {
  it.each([
    ['the app is refused', { status: 401, error: 'invalid_client' }],
    ['its request is refused', { error: 'invalid_scope' }],
  ])('(%s) changes nothing', async (_, fault) => {
    const refreshing = await createRefreshing({ failures: 1 });
    const before = await columns(refreshing);
    expect(await refused(refreshing, fault, { by: 'request' })).toMatchObject({
      kind: 'failed',
      accessToken: before.accessToken,
      error: { code: 'misconfigured' },
    });
    expect(await columns(refreshing)).toEqual(before);
    expect(refreshing.counts).toEqual({ ...nothing, failed: 1 });
  });

  it('opens the breaker, which is closed by success', async () => {
    const refreshing = await createRefreshing();
    const gate = refreshing.newGate();
    await refused(refreshing, { status: 401, error: 'invalid_client' }, { gate });
    expect(gate.isOpen('tenant-1')).toBe(true);
    refreshing.clock.advance(15 * seconds);
    const { instance, user, tokenClient } = refreshing;
    tokenClient.atEndpoint = () => undefined;
    await refreshTokens(instance({ gate }), {
      user,
      flow: 'code',
      by: 'timer',
      wanted: () => true,
    });
    expect(gate.isOpen('tenant-1')).toBe(false);
    expect(refreshing.breakerReports).toEqual([startTime + 2 * minutes, undefined]);
  });
});

describe('what a token client throws', () => {
  it.each<[ErrorCode, unknown]>([
    ['misconfigured', { class: 'operator' }],
    ['temporarily_unavailable', { class: 'transient' }],
    ['bad_gateway', { class: 'transient' }],
    ['reauth_required', { class: 'user', reason: 'invalid_grant' }],
  ])('as AppError %s has its class', (code, classified) => {
    expect(faultOf(new AppError(code))).toEqual({ classified, fault: undefined });
  });

  it('as TokenError has the class of its fault', () => {
    const fault = tokenFault({ error: 'invalid_grant', errorCodes: [50105] });
    const classified = { class: 'administrator', reason: 'not_assigned' };
    expect(faultOf(new TokenError(fault))).toEqual({ classified, fault });
  });

  it.each([new RangeError('a bug'), new ConflictError('412'), 'text', undefined])(
    '(%s) may be no fault at all',
    (error) => {
      expect(faultOf(error)).toBeUndefined();
    },
  );
});

describe('who comes in a back-off', () => {
  const status = tokenRecord({ user: newUser(), retryAt: startTime });

  it.each([
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [60_000, 60],
    [0, 1],
  ])('%d ms before its end is told to wait for %d s', (ms, retryAfterSeconds) => {
    const { code, public: told } = backingOff(status, startTime - ms);
    expect({ code, ...told }).toEqual({ code: 'temporarily_unavailable', retryAfterSeconds });
  });
});
