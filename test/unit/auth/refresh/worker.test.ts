import { describe, expect, it } from 'vitest';
import type { DueMark, TokenRecord, TokenStore } from '../../../../src/lib/auth/ports.ts';
import { putBack, refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import {
  AppError,
  ConflictError,
  GoneError,
  UnusableError,
  type UnusableReason,
} from '../../../../src/lib/errors.ts';
import { days, hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { refuse, tokenFault } from '../../../support/token-faults.ts';
import { marksOf, newUser } from '../../../support/token-records.ts';

const dueAt = startTime + 30 * minutes;

async function due(fields: Partial<TokenRecord> = {}) {
  const refreshing = await createRefreshing({ dueAt, ...fields });
  refreshing.clock.advance(30 * minutes);
  const mark: DueMark = { user: refreshing.user, flow: 'code', state: 'active', dueAt };
  const { tokens, instance } = refreshing;
  const on = (store: Partial<TokenStore>) => instance({ tokens: { ...tokens, ...store } });
  return {
    ...refreshing,
    mark,
    work: (given = mark, store: Partial<TokenStore> = {}) => refreshDueUser(on(store), given),
    putBack: (given = mark, store: Partial<TokenStore> = {}) => putBack(on(store), given),
  };
}

describe('the refresh worker', () => {
  it('refreshes a user who is due, and was seen lately', async () => {
    const { work, record, log, user } = await due();
    await work();
    expect(await record()).toMatchObject({
      cache: 'cache-1',
      refreshedBy: 'timer',
      dueAt: startTime + 75 * minutes,
    });
    const fields = { user: user.slice(0, 12), flow: 'code', outcome: 'refreshed' };
    expect(log.lines).toEqual([{ level: 'info', event: 'refresh', fields }]);
  });

  it('makes one token call for a message that comes many times, at once or in turn', async () => {
    const { work, tokenClient } = await due();
    await Promise.all(Array.from({ length: 5 }, () => work()));
    for (let n = 0; n < 5; n++) await work();
    expect(tokenClient.refreshes).toBe(1);
  });

  it('does nothing for a user who is no longer due', async () => {
    const { work, tokenClient, clock, record } = await due();
    const before = await record();
    clock.advance(-1);
    await work();
    expect(tokenClient.refreshes).toBe(0);
    expect(await record()).toEqual(before);
  });

  it('drops a mark that is not the one of the user’s record', async () => {
    const { work, tokens, mark, record } = await due();
    await work();
    const stale = { ...mark, dueAt: dueAt - 1 };
    tokens.addMark(stale);
    await work(stale);
    expect(await marksOf(tokens, mark.user)).toMatchObject([{ dueAt: (await record()).dueAt }]);
  });

  it('drops the mark of a user who is gone, and only that', async () => {
    const { work, tokens, mark } = await due();
    const orphan = { ...mark, user: newUser() };
    tokens.addMark(orphan);
    await work(orphan);
    expect(tokens.rowsOf(orphan.user)).toEqual([]);
    expect(tokens.rowsOf(mark.user)).toHaveLength(3);
  });

  it('drops the mark of a user who has to sign in again', async () => {
    const endedAt = startTime + 30 * days;
    const { work, tokens, mark, tokenClient } = await due({
      state: 'reauth_required',
      dueAt: endedAt,
    });
    tokens.addMark(mark);
    await work();
    expect(await marksOf(tokens, mark.user)).toEqual([]);
    expect(await marksOf(tokens, mark.user, 'reauth_required')).toHaveLength(1);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('logs a refusal without secrets or the user’s name', async () => {
    const { work, tokenClient, log, tokens, user } = await due();
    tokenClient.atEndpoint = () => {
      const fault = tokenFault({ error: 'invalid_grant', errorCodes: [70043], traceId: 'trace-1' });
      throw new TokenError(fault, new Error('AADSTS70043 refresh_token=0.AAA'));
    };
    await work();
    const who = { user: user.slice(0, 12), flow: 'code' };
    const audit = { action: 'refresh', outcome: 'reauth_required' };
    const what = { fault: 'user', reason: 'sign_in_frequency', status: 400, code: 'invalid_grant' };
    const more = { by: 'timer', errorCodes: [70043], traceId: 'trace-1' };
    expect(log.lines).toEqual([
      { level: 'warn', event: 'audit', fields: { ...audit, ...who, ...what, ...more } },
      { level: 'info', event: 'refresh', fields: { ...who, outcome: 'refused' } },
    ]);
    for (const secret of [user, '0.AAA', 'access-', 'cache-']) {
      expect(log.text()).not.toContain(secret);
    }
    expect(await marksOf(tokens, user)).toEqual([]);
  });

  it.each([
    new AppError('temporarily_unavailable'),
    new ConflictError('412'),
    new GoneError('404'),
  ])('leaves it to the mark when the store fails (%s)', async (error) => {
    const { work, mark, tokens, log } = await due();
    await work(mark, { read: () => Promise.reject(error) });
    expect(log.lines).toMatchObject([
      { level: 'warn', event: 'refresh-put-off', fields: { user: mark.user.slice(0, 12) } },
    ]);
    expect(await marksOf(tokens, mark.user)).toEqual([mark]);
  });

  it('does not hide a bug', async () => {
    const { work, tokenClient } = await due();
    const bug = new RangeError('a bug');
    tokenClient.atEndpoint = () => {
      throw bug;
    };
    await expect(work()).rejects.toBe(bug);
  });

  it('puts a record back by a day that can’t be opened', async () => {
    const { work, mark, record, tokens, tokenClient, counts } = await due();
    await work(mark, { read: async () => undefined });
    expect(counts.failed).toBe(1);
    const later = dueAt + 24 * hours;
    expect(await record()).toMatchObject({ dueAt: later, cache: 'cache-0', failures: 0 });
    expect(await marksOf(tokens, mark.user)).toEqual([{ ...mark, dueAt: later }]);
    expect(tokenClient.refreshes).toBe(0);
  });
});

/** A store that has the record, and can't use it. */
const unusable = (reason: UnusableReason, calls: readonly (keyof TokenStore)[]) => {
  const failure = new UnusableError(reason, new AppError('temporarily_unavailable'));
  return Object.fromEntries(calls.map((call) => [call, () => Promise.reject(failure)]));
};

describe('a user whom nobody can work on now', () => {
  const key = unusable('key', ['read']);
  const newer = unusable('newer_schema', ['read', 'readStatus', 'dropStaleMark']);

  it.each([
    ['data key can’t be used', key, 30 * seconds],
    ['row is of a newer schema', newer, 5 * minutes],
  ])('whose %s has their mark postponed, and the row as it was', async (_, store, wait) => {
    const { work, mark, record, tokens, tokenClient, counts, log } = await due();
    const before = await record();
    await work(mark, store);
    expect(await record()).toEqual(before);
    expect(await marksOf(tokens, mark.user)).toEqual([{ ...mark, dueAt: dueAt + wait }]);
    expect([tokenClient.refreshes, counts.failed]).toEqual([0, 1]);
    expect(log.lines.at(-1)?.fields['outcome']).toBe('postponed');
  });

  it('whose app is refused has their mark postponed, and the row as it was', async () => {
    const { instance, mark, record, tokens, tokenClient } = await due();
    const { version: _before, ...before } = await record();
    tokenClient.atEndpoint = refuse({ status: 401, error: 'invalid_client' });
    const here = instance();
    await refreshDueUser(here, mark);
    const { version: _after, ...after } = await record();
    expect(after).toEqual(before);
    const postponed = { ...mark, dueAt: dueAt + 30 * seconds };
    expect(await marksOf(tokens, mark.user)).toEqual([postponed]);
    // The breaker is open: nobody asks, and the mark is postponed again.
    await refreshDueUser(here, postponed);
    expect(tokenClient.refreshes).toBe(1);
    expect(await marksOf(tokens, mark.user)).toEqual([postponed]);
  });

  it.each([
    [0, [5, 10, 20, 40, 60, 60]],
    [0.75, [3.75, 7.5, 15, 30, 45, 45]],
  ])(
    'waits longer for a newer schema each time, less a part by chance (%d)',
    async (chance, waits) => {
      const { instance, mark, tokens, clock } = await due();
      const here = instance({ tokens: { ...tokens, ...newer }, policy: { random: () => chance } });
      const waited: number[] = [];
      for (let n = 0, next = mark; n < waits.length; n++) {
        await refreshDueUser(here, next);
        const [postponed = next] = await marksOf(tokens, mark.user);
        waited.push((postponed.dueAt - clock.now()) / minutes);
        clock.advance(postponed.dueAt - clock.now());
        next = postponed;
      }
      expect(waited).toEqual(waits);
    },
  );

  it('is refreshed by the mark that was postponed, which moves', async () => {
    const { work, mark, record, tokens, clock } = await due();
    await work(mark, key);
    clock.advance(30 * seconds);
    await work({ ...mark, dueAt: dueAt + 30 * seconds });
    expect(await record()).toMatchObject({ cache: 'cache-1', refreshedBy: 'timer' });
    expect(await marksOf(tokens, mark.user)).toMatchObject([{ dueAt: (await record()).dueAt }]);
  });

  it('loses the postponed mark when somebody else has refreshed them meanwhile', async () => {
    const { work, mark, record, tokens, clock } = await due();
    await work(mark, key);
    const next = { ...(await record()), dueAt: startTime + 75 * minutes };
    await tokens.update(await record(), next);
    expect(await marksOf(tokens, mark.user)).toHaveLength(2);
    clock.advance(30 * seconds);
    await work({ ...mark, dueAt: dueAt + 30 * seconds });
    expect(await marksOf(tokens, mark.user)).toMatchObject([{ dueAt: next.dueAt }]);
  });

  it('and whose tokens nobody needs any more loses them, whatever their data key', async () => {
    const { work, mark, tokens } = await due({ sessionsEndAt: startTime });
    await work(mark, key);
    expect(await tokens.readStatus(mark.user, 'code')).toBeUndefined();
    expect(await marksOf(tokens, mark.user)).toEqual([]);
  });

  it('stays in front while only the budget is spent', async () => {
    const { instance, mark, tokens, newGate } = await due();
    const gate = { ...newGate(), enter: async () => new AppError('temporarily_unavailable') };
    await refreshDueUser(instance({ gate }), mark);
    expect(await marksOf(tokens, mark.user)).toEqual([mark]);
  });
});

describe('a user who is put back', () => {
  it('is due a day later, and nothing else is changed', async () => {
    const { putBack, mark, record, tokens, clock } = await due();
    clock.advance(hours);
    const { version: _before, ...before } = await record();
    await putBack();
    const later = dueAt + 25 * hours;
    const { version: _after, ...after } = await record();
    expect(after).toEqual({ ...before, dueAt: later });
    expect(await marksOf(tokens, mark.user)).toEqual([{ ...mark, dueAt: later }]);
  });

  it('is put back by the mark alone if the row is of a newer schema', async () => {
    const { putBack, mark, record, tokens } = await due();
    const before = await record();
    await putBack(mark, unusable('newer_schema', ['readStatus', 'dropStaleMark']));
    expect(await record()).toEqual(before);
    expect(await marksOf(tokens, mark.user)).toEqual([{ ...mark, dueAt: dueAt + 24 * hours }]);
  });

  it('is put back from a postponed mark', async () => {
    const { putBack, mark, tokens, clock } = await due();
    await tokens.postponeMark(mark, () => dueAt + minutes);
    clock.advance(minutes);
    await putBack({ ...mark, dueAt: dueAt + minutes });
    const later = dueAt + minutes + 24 * hours;
    expect(await marksOf(tokens, mark.user)).toEqual([{ ...mark, dueAt: later }]);
  });

  it.each([
    ['is gone', { user: newUser() }],
    ['is due at another time', { dueAt: dueAt - 1 }],
    ['has another state', { state: 'reauth_required' }],
  ] as const)('loses just the mark if they %s', async (_, fields) => {
    const { putBack, mark, record, tokens } = await due();
    const before = await record();
    const stale = { ...mark, ...fields };
    tokens.addMark(stale);
    await putBack(stale);
    expect(await marksOf(tokens, stale.user, stale.state)).toEqual(
      stale.user === mark.user && stale.state === mark.state ? [mark] : [],
    );
    expect(await record()).toEqual(before);
  });

  it.each([
    new ConflictError('412'),
    new GoneError('404'),
    new AppError('temporarily_unavailable'),
  ])('stays as they are when that comes to nothing (%s)', async (error) => {
    const { putBack, mark, tokens } = await due();
    await putBack(mark, { changeStatus: () => Promise.reject(error) });
    expect(await marksOf(tokens, mark.user)).toEqual([mark]);
  });

  it('does not hide a bug', async () => {
    const { putBack, mark } = await due();
    const bug = new RangeError('a bug');
    await expect(putBack(mark, { changeStatus: () => Promise.reject(bug) })).rejects.toBe(bug);
  });
});
