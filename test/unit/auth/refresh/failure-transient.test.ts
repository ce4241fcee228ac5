import { describe, expect, it } from 'vitest';
import type { TokenStore } from '../../../../src/lib/auth/ports.ts';
import type { RefreshRequest } from '../../../../src/lib/auth/refresh/outcome.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import type { RefreshPolicy } from '../../../../src/lib/auth/refresh/schedule.ts';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import type { TokenFault } from '../../../../src/lib/auth/tokens/token-fault.ts';
import { AppError, ConflictError } from '../../../../src/lib/errors.ts';
import { hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { tokenFault } from '../../../support/token-faults.ts';
import { marksOf, newSession, tokenRecord } from '../../../support/token-records.ts';

interface Options {
  by?: RefreshRequest['by'];
  random?: RefreshPolicy['random'];
  store?: Partial<TokenStore>;
}

/** A user whose refreshes meet a fault, for as long as there is one. */
async function failing(fault: Partial<TokenFault> | undefined) {
  const refreshing = await createRefreshing();
  const { instance, tokenClient, tokens, user } = refreshing;
  const endpoint = { fault, meanwhile: async () => {} };
  tokenClient.atEndpoint = async () => {
    await endpoint.meanwhile();
    if (endpoint.fault) throw new TokenError(tokenFault(endpoint.fault));
  };

  function refresh({ by = 'timer', random = () => 0, store = {} }: Options = {}) {
    const here = instance({ tokens: { ...tokens, ...store }, policy: { random } });
    return refreshTokens(here, { user, flow: 'code', by, wanted: () => true });
  }

  return { ...refreshing, endpoint, refresh };
}

const busy = { status: 503 };

describe('a passing fault', () => {
  it.each<[string, Partial<TokenFault>]>([
    ['no answer', { status: undefined }],
    ['a 5xx', busy],
    ['a 429', { status: 429 }],
    ['an answer that says nothing', { status: 200 }],
  ])('(%s) puts the user off, and keeps the tokens', async (_, fault) => {
    const { refresh, record, tokens, user, counts } = await failing(fault);
    const before = await record();
    expect(await refresh()).toMatchObject({
      kind: 'failed',
      accessToken: before.accessToken,
      error: { code: 'temporarily_unavailable', public: { retryAfterSeconds: 5 } },
    });
    const dueAt = startTime + 5 * seconds;
    const { version: _version, ...after } = await record();
    const { version: _before, ...rest } = before;
    expect(after).toEqual({ ...rest, failures: 1, retryAt: dueAt, dueAt });
    expect(await marksOf(tokens, user)).toMatchObject([{ dueAt }]);
    expect(counts).toEqual({ refreshed: 0, failed: 1, reauthRequired: 0, poisoned: 0 });
  });

  it.each([
    ['whose token is valid', { by: 'timer' }, 'failed'],
    ['whose token has expired', { by: 'timer' }, 'expired'],
    ['who waits for an answer', { by: 'request' }, 'expired'],
  ] as const)('is counted, of a user %s, as %s', async (who, { by }, outcome) => {
    const { refresh, clock, counted } = await failing(busy);
    clock.advance(who.endsWith('valid') ? hours - 1 : hours);
    await refresh({ by });
    expect(counted).toEqual([outcome]);
  });

  it('is counted as failed of a user who has been away for long', async () => {
    const { refresh, clock, counted } = await failing(busy);
    clock.advance(30 * hours);
    await refresh();
    expect(counted).toEqual(['failed']);
  });

  it('puts the user off for longer each time, until a success', async () => {
    const { refresh, record, clock, endpoint } = await failing(busy);
    for (const [index, wait] of [5, 10, 20, 40].entries()) {
      await refresh();
      const { failures, dueAt } = await record();
      expect({ failures, dueAt }).toEqual({
        failures: index + 1,
        dueAt: clock.now() + wait * seconds,
      });
      clock.advance(wait * seconds);
    }
    endpoint.fault = undefined;
    expect(await refresh()).toMatchObject({ kind: 'refreshed' });
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0 });
  });

  it('with Retry-After keeps everybody away for exactly that time', async () => {
    const { refresh, record } = await failing({ status: 429, retryAfterSeconds: 120 });
    const outcome = await refresh({ random: () => 0.5 });
    expect(outcome).toMatchObject({ error: { public: { retryAfterSeconds: 120 } } });
    expect(await record()).toMatchObject({
      retryAt: startTime + 120 * seconds,
      dueAt: startTime + 126 * seconds,
    });
  });

  it('that a request meets notes that the user is there', async () => {
    const { refresh, record, clock } = await failing(busy);
    clock.advance(25 * hours);
    await refresh({ by: 'request' });
    expect((await record()).lastSeenAt).toBe(startTime + 25 * hours);
  });

  it('that a worker meets does not', async () => {
    const { refresh, record, clock } = await failing(busy);
    clock.advance(25 * hours);
    await refresh();
    expect((await record()).lastSeenAt).toBe(startTime);
  });

  it('is noted besides what others changed meanwhile', async () => {
    const { refresh, record, endpoint, tokens } = await failing(busy);
    endpoint.meanwhile = async () => {
      await tokens.changeStatus(await record(), { lastSeenAt: startTime + 1 });
    };
    await refresh();
    const both = { failures: 1, lastSeenAt: startTime + 1, lease: undefined };
    expect(await record()).toMatchObject(both);
  });

  it('is not noted of newer tokens, and is no failure then', async () => {
    const { refresh, record, endpoint, tokens, user, counts } = await failing(busy);
    const newer = tokenRecord({ user, token: 'newer', refreshedAt: startTime + 1 });
    endpoint.meanwhile = () => tokens.signIn(newer, newSession());
    expect(await refresh()).toMatchObject({ kind: 'busy' });
    expect(await record()).toMatchObject(newer);
    expect(counts.failed).toBe(0);
  });

  it.each([
    ['is told all the same', 'is away', new AppError('temporarily_unavailable'), 1, 'failed'],
    ['is tried five times', 'changes all the time', new ConflictError('412'), 5, 'failed'],
  ])('%s when the store %s', async (_, _how, error, attempts, kind) => {
    const { refresh, record, tokens, endpoint, log } = await failing(busy);
    const { dueAt } = await record();
    let tries = 0;
    let isBroken = false;
    endpoint.meanwhile = async () => {
      isBroken = true;
    };
    const store: Partial<TokenStore> = {
      async changeStatus(...given) {
        if (!isBroken) return tokens.changeStatus(...given);
        tries += 1;
        throw error;
      },
    };
    expect(await refresh({ store })).toMatchObject({ kind });
    expect(tries).toBe(attempts);
    expect((await record()).dueAt).toBe(dueAt);
    const isLogged = log.lines.some(({ event }) => event === 'back-off-not-noted');
    expect(isLogged).toBe(true);
  });

  it('of the app’s own credential counts as the user’s luck', async () => {
    const { refresh, record, endpoint, clock } = await failing(undefined);
    endpoint.meanwhile = () => Promise.reject(new AppError('temporarily_unavailable'));
    clock.advance(10 * minutes);
    expect(await refresh()).toMatchObject({ kind: 'failed' });
    expect(await record()).toMatchObject({ failures: 1, state: 'active' });
  });
});
