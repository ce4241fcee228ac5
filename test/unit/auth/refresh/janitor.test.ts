import { describe, expect, it } from 'vitest';
import { createCleaning } from '../../../support/cleaning.ts';
import { days, hours, minutes, startTime } from '../../../support/clock.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { marksOf, newSession } from '../../../support/token-records.ts';

describe('the janitor, of sessions whose day is over', () => {
  it('deletes them, with the tokens of users whose last they were', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const users = [];
    for (let n = 0; n < 20; n++) users.push((await signIn()).user);
    clock.advance(2 * days);
    expect(await run()).toMatchObject({ at: startTime + 2 * days, sessions: 20, users: 20 });
    expect(sessions.count()).toBe(0);
    expect(users.flatMap((user) => tokens.rowsOf(user))).toEqual([]);
  });

  it('leaves them while their day lasts', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user } = await signIn();
    clock.advance(days + 14 * hours);
    expect(await run()).toMatchObject({ sessions: 0, users: 0 });
    expect(sessions.count()).toBe(1);
    expect(tokens.rowsOf(user)).toHaveLength(3);
  });

  it('keeps the tokens of a user with another session', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user } = await signIn();
    const other = newSession(startTime + 7 * days);
    await signIn({ user, session: other });
    clock.advance(2 * days);
    expect(await run()).toMatchObject({ sessions: 1, users: 0 });
    expect(await tokens.sessionsOf(user)).toEqual([other]);
    expect(await tokens.read(user, 'code')).toBeDefined();
    expect(sessions.count()).toBe(1);
  });

  it('keeps tokens that are retained', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const sessionsEndAt = startTime + days;
    const { user } = await signIn({ sessionsEndAt });
    clock.advance(2 * days);
    expect(await run({ refreshPolicy: { ...refreshPolicy, retainMs: days } })).toMatchObject({
      sessions: 1,
      users: 0,
    });
    expect(sessions.count()).toBe(0);
    expect(await tokens.sessionsOf(user)).toEqual([]);
    expect(await tokens.read(user, 'code')).toMatchObject({ sessionsEndAt });
    expect(await marksOf(tokens, user)).toHaveLength(1);
  });

  it('notes the end of the last session, and makes retained tokens due when that is over', async () => {
    const { run, signIn, clock, tokens } = createCleaning();
    const soon = await signIn({ dueAt: startTime + 4 * days });
    const late = await signIn({ dueAt: startTime + 6 * days });
    clock.advance(2 * days);
    expect(await run({ refreshPolicy: { ...refreshPolicy, retainMs: 3 * days } })).toMatchObject({
      sessions: 2,
      users: 0,
    });
    const sessionsEndAt = startTime + 2 * days;
    for (const [{ user }, dueAfter] of [[soon, 4 * days] as const, [late, 5 * days] as const]) {
      const dueAt = startTime + dueAfter;
      expect(await tokens.read(user, 'code')).toMatchObject({ sessionsEndAt, dueAt });
      expect(await marksOf(tokens, user)).toMatchObject([{ dueAt }]);
    }
  });

  it('deletes one of whom nobody knows whose it is', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user, key } = await signIn();
    clock.advance(2 * days);
    const expired = async function* () {
      yield [{ user: undefined, key }];
    };
    expect(await run({ sessions: { ...sessions, expired } })).toMatchObject({ sessions: 1 });
    expect(sessions.count()).toBe(0);
    expect(tokens.rowsOf(user)).toHaveLength(3);
  });

  it('goes on to the others when one fails, and makes up for it later', async () => {
    const { run, signIn, clock, tokens, sessions, log } = createCleaning();
    const bad = await signIn();
    for (let n = 0; n < 12; n++) await signIn();
    clock.advance(2 * days);
    const signOut: typeof tokens.signOut = async (user, ...given) => {
      if (user === bad.user) throw new Error('down');
      return tokens.signOut(user, ...given);
    };
    const broken = { ...tokens, signOut };
    expect(await run({ tokens: broken })).toMatchObject({ sessions: 12, users: 12 });
    expect(await sessions.read(bad.key)).toBeDefined();
    const fields = { error: 'Error' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'session-not-ended', fields }]);
    expect(await run()).toMatchObject({ sessions: 1, users: 1 });
    expect(tokens.rowsOf(bad.user)).toEqual([]);
  });
});

describe('the janitor', () => {
  it('deletes states that are of no more use', async () => {
    const { run, states } = createCleaning();
    const hour = startTime - (startTime % hours);
    await states.consume('old', hour - 2 * hours - 1);
    await states.consume('late', hour - 2 * hours);
    await states.consume('new', startTime);
    expect(await run()).toMatchObject({ states: 1 });
    expect(await states.consume('late', startTime)).toBe(false);
    expect(await states.consume('old', startTime)).toBe(true);
  });

  it('deletes counts after two hours', async () => {
    const { run, heartbeats } = createCleaning();
    const counts = { refreshed: 1, failed: 0, reauthRequired: 0, poisoned: 0, minutes: [] };
    await heartbeats.writeCounts('one', startTime - 2 * hours - 1, counts);
    await heartbeats.writeCounts('one', startTime - 2 * hours, counts);
    await run();
    expect((await heartbeats.read(0)).counts.refreshed).toBe(1);
  });

  it('takes its other steps when one fails, then tells, and leaves no figures', async () => {
    const { run, signIn, states, heartbeats, clock, sessions, tokens } = createCleaning();
    const { user } = await signIn({ state: 'reauth_required', dueAt: startTime + days });
    await states.consume('old', startTime - days);
    clock.advance(2 * days);
    const down = new Error('down');
    const expired = () => {
      throw down;
    };
    await expect(run({ sessions: { ...sessions, expired } })).rejects.toBe(down);
    expect(tokens.rowsOf(user)).toEqual([]);
    expect(await states.removeBefore(startTime)).toBe(0);
    expect((await heartbeats.read(0)).janitor).toBeUndefined();
  });

  it('leaves its figures', async () => {
    const { run, signIn, states, heartbeats, clock, sessions } = createCleaning();
    await signIn();
    await signIn({ state: 'reauth_required', dueAt: startTime + days });
    await states.consume('old', startTime - days);
    clock.advance(2 * days);
    const remove: typeof sessions.remove = async (key) => {
      clock.advance(minutes);
      await sessions.remove(key);
    };
    const figures = await run({ sessions: { ...sessions, remove } });
    expect(figures).toEqual({
      ...{ at: startTime + 2 * days, sessions: 2, states: 1, users: 2, durationMs: 2 * minutes },
    });
    expect((await heartbeats.read(0)).janitor).toEqual(figures);
  });
});
