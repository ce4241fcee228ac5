import { describe, expect, it } from 'vitest';
import type { TokenRecord, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { sweep } from '../../../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { AppError, UnusableError } from '../../../../src/lib/errors.ts';
import { createCleaning } from '../../../support/cleaning.ts';
import { days, hours, minutes, startTime } from '../../../support/clock.ts';
import { createMemoryRefreshQueue } from '../../../support/memory/refresh-queue.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

const never = async () => undefined;
const unusable = (reason: 'key' | 'newer_schema') => async () => {
  throw new UnusableError(reason, new AppError('temporarily_unavailable'));
};

/** Somebody who never comes back, and whose row can't be read, with sweeps, workers and janitor. */
async function createUnreadable(
  store: Partial<TokenStore>,
  retainMs: number,
  fields: Partial<TokenRecord> = {},
) {
  const { clock, tokens, sessions, run, heartbeats } = createCleaning();
  const { instance, counted } = await createRefreshing();
  const user = newUser();
  const sessionsEndAt = startTime + 7 * days;
  const dueAt = startTime + 30 * minutes;
  const record = tokenRecord({ user, dueAt, sessionsEndAt, ...fields });
  await tokens.signIn(record, newSession(sessionsEndAt));
  const stores = { tokens: { ...tokens, ...store }, sessions };
  const refreshing = instance({ tokens: stores.tokens, policy: { retainMs } });
  const here = { ...refreshing, ...stores, tokens: { ...refreshing.tokens, ...stores.tokens } };
  const queue = createMemoryRefreshQueue();

  async function passHour(): Promise<void> {
    clock.advance(hours);
    await sweep({ tokens: stores.tokens, queue, heartbeats, refreshPolicy, now: clock.now });
    for (const mark of queue.take()) await refreshDueUser({ ...here, now: clock.now }, mark);
    await run({ tokens: stores.tokens, refreshPolicy: { ...refreshPolicy, retainMs } });
  }
  return {
    user,
    tokens,
    counted,
    async pass(time: number): Promise<void> {
      for (const end = clock.now() + time; clock.now() < end; ) await passHour();
    },
  };
}

describe('a row that can’t be opened', () => {
  it.each([
    ['is sealed elsewhere', { read: never, readAccessToken: never }],
    ['is of a newer schema', { read: unusable('newer_schema') }],
    ['has a data key that can’t be used', { read: unusable('key') }],
  ])('and %s counts as failed for this user alone', async (_, store) => {
    const { pass, counted } = await createUnreadable(store, 0);
    await pass(2 * hours);
    expect(new Set(counted)).toEqual(new Set(['failed-alone']));
  });

  it.each([
    ['is sealed elsewhere', { read: never, readAccessToken: never }],
    ['has a data key that can’t be used', { read: unusable('key') }],
  ])(
    'and %s is kept for as long as sessions and retention last, and no longer',
    async (_, store) => {
      for (const retainDays of [0, 20]) {
        const { user, tokens, pass } = await createUnreadable(store, retainDays * days);
        await pass((7 + retainDays) * days - 2 * hours);
        expect(await tokens.readStatus(user, 'code')).toBeDefined();
        await pass(3 * hours);
        expect(await tokens.readStatus(user, 'code')).toBeUndefined();
        expect(await marksOf(tokens, user)).toEqual([]);
        await pass((35 - 7 - retainDays) * days);
        expect(tokens.rowsOf(user).filter((row) => row.includes(user))).toEqual([]);
      }
    },
  );

  it.each(['active', 'reauth_required'] as const)(
    'because it is of a newer schema is left alone, with a mark: %s',
    async (state) => {
      const newer = unusable('newer_schema');
      const calls = { read: newer, readAccessToken: newer, readStatus: newer };
      let looks = 0;
      const readStatus = () => {
        looks += 1;
        return newer();
      };
      const store = { ...calls, readStatus, dropStaleMark: newer };
      const { user, tokens, pass } = await createUnreadable(store, 0, { state });
      const before = await tokens.read(user, 'code');
      await pass(35 * days);
      expect(await tokens.read(user, 'code')).toEqual(before);
      expect(await marksOf(tokens, user, state)).toHaveLength(1);
      // The janitor looks at it once a day.
      expect(looks).toBeLessThanOrEqual(35);
    },
  );
});
