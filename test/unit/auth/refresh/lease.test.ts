import { expect, it } from 'vitest';
import type { StatusChange, TokenStore } from '../../../../src/lib/auth/ports.ts';
import type { RefreshRequest } from '../../../../src/lib/auth/refresh/outcome.ts';
import { refreshTokens } from '../../../../src/lib/auth/refresh/refresh.ts';
import { ConflictError } from '../../../../src/lib/errors.ts';
import { hours, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';

type Refreshing = Awaited<ReturnType<typeof createRefreshing>>;

/** Refreshes, while others do something just before the first leases are taken. */
function refresh(
  { instance, user, tokens }: Refreshing,
  meanwhile: () => Promise<unknown>,
  {
    wanted = () => true,
    times = 1,
  }: Partial<Pick<RefreshRequest, 'wanted'>> & { times?: number } = {},
) {
  let left = times;
  const store: TokenStore = {
    ...tokens,
    async changeStatus(previous, change) {
      if (left-- > 0) await meanwhile();
      return tokens.changeStatus(previous, change);
    },
  };
  const request = { user, flow: 'code', by: 'timer', wanted } as const;
  return refreshTokens(instance({ tokens: store }), request);
}

const changing =
  ({ tokens, record }: Refreshing, change: StatusChange) =>
  async () =>
    tokens.changeStatus(await record(), change);

it.each<[string, StatusChange]>([
  ['the user’s activity was noted', { lastSeenAt: startTime + seconds }],
  ['the last session has ended, and tokens are retained', { sessionsEndAt: startTime }],
  ['somebody’s lease has run out', { lease: { owner: 'dead', until: startTime } }],
])('a lease is taken when meanwhile %s', async (_, change) => {
  const refreshing = await createRefreshing();
  const outcome = await refresh(refreshing, changing(refreshing, change));
  expect(outcome).toMatchObject({ kind: 'refreshed' });
  const kept = { ...change, cache: 'cache-1', lease: undefined };
  expect(await refreshing.record()).toMatchObject(kept);
  expect(refreshing.tokenClient.refreshes).toBe(1);
});

it.each<[string, StatusChange, object]>([
  ['somebody else has it', { lease: { owner: 'other', until: startTime + 1 } }, { kind: 'busy' }],
  ['there is no need any more', { dueAt: startTime + hours }, { kind: 'not-wanted' }],
  [
    'the user has to sign in again',
    { state: 'reauth_required', reason: 'invalid_grant' },
    { kind: 'refused', error: { code: 'reauth_required' } },
  ],
  [
    'another’s try has failed',
    { failures: 1, retryAt: startTime + seconds },
    { kind: 'failed', error: { code: 'temporarily_unavailable' } },
  ],
])('a lease is not taken when meanwhile %s', async (_, change, expected) => {
  const refreshing = await createRefreshing();
  const wanted: RefreshRequest['wanted'] = ({ dueAt }) => dueAt < startTime + hours;
  const outcome = await refresh(refreshing, changing(refreshing, change), { wanted });
  expect(outcome).toMatchObject(expected);
  expect(await refreshing.record()).toMatchObject({ cache: 'cache-0', ...change });
  expect(refreshing.tokenClient.refreshes).toBe(0);
});

it('a lease is not taken when the user has signed out meanwhile', async () => {
  const refreshing = await createRefreshing();
  expect(await refresh(refreshing, refreshing.signOut)).toEqual({ kind: 'gone' });
  expect(refreshing.tokens.rowsOf(refreshing.user)).toEqual([]);
});

it('a lease is not taken of tokens of a new sign-in, which are what is told', async () => {
  const refreshing = await createRefreshing();
  const { tokens, user } = refreshing;
  const record = tokenRecord({ user, token: 'newer', refreshedAt: startTime + seconds });
  const signInAgain = () => tokens.signIn(record, newSession());
  const wanted: RefreshRequest['wanted'] = ({ accessToken }) => accessToken.token !== 'newer';
  const outcome = await refresh(refreshing, signInAgain, { wanted });
  expect(outcome).toMatchObject({
    kind: 'not-wanted',
    record: { accessToken: { token: 'newer' } },
  });
  expect(refreshing.tokenClient.refreshes).toBe(0);
});

it('a lease is left to others who change the record all the time', async () => {
  const refreshing = await createRefreshing();
  let seen = 0;
  const meanwhile = () => changing(refreshing, { lastSeenAt: startTime + ++seen })();
  const outcome = await refresh(refreshing, meanwhile, { times: Number.POSITIVE_INFINITY });
  expect(outcome).toMatchObject({ kind: 'busy' });
  expect(seen).toBe(5);
  expect(refreshing.tokenClient.refreshes).toBe(0);
});

it.each([
  ['the first', 0],
  ['the last', 4],
])('a lease whose answer was lost is ours, at %s try', async (_, conflicts) => {
  const refreshing = await createRefreshing();
  const { tokens, instance, user, record } = refreshing;
  const leases: StatusChange[] = [];
  const store: TokenStore = {
    ...tokens,
    async changeStatus(previous, change) {
      if (leases.length < conflicts) await changing(refreshing, { failures: 0 })();
      leases.push(change);
      const version = await tokens.changeStatus(previous, change);
      if (leases.length === conflicts + 1) throw new ConflictError('it was carried out');
      return version;
    },
  };
  // It is ours even if it is no longer wanted: nobody else would give it back.
  let looks = 0;
  const wanted = () => ++looks <= conflicts + 1;
  const request = { user, flow: 'code', by: 'timer', wanted } as const;
  const outcome = await refreshTokens(instance({ tokens: store }), request);
  expect(outcome).toMatchObject({ kind: 'refreshed' });
  expect(leases).toHaveLength(conflicts + 1);
  expect(await record()).toMatchObject({ cache: 'cache-1', lease: undefined });
  expect(refreshing.tokenClient.refreshes).toBe(1);
});

it('a lease lasts for as long from each try', async () => {
  const refreshing = await createRefreshing();
  const { clock, tokenClient, record } = refreshing;
  const meanwhile = async () => {
    clock.advance(20 * seconds);
    await changing(refreshing, { lastSeenAt: clock.now() })();
  };
  tokenClient.atEndpoint = async () => {
    expect((await record()).lease?.until).toBe(startTime + 50 * seconds);
  };
  expect(await refresh(refreshing, meanwhile)).toMatchObject({ kind: 'refreshed' });
  expect.assertions(2);
});
