import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/lib/errors.ts';
import { createCleaning } from '../../../support/cleaning.ts';
import { days, startTime } from '../../../support/clock.ts';
import { refreshPolicy } from '../../../support/refresh-policy.ts';
import { marksOf, newSession, newUser, newUserIn } from '../../../support/token-records.ts';

describe('the janitor, of tokens that nobody can use', () => {
  const ended = { state: 'reauth_required', dueAt: startTime + days } as const;

  it('deletes them at the first look, with all there is of the user', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user } = await signIn({ ...ended, session: newSession(startTime + 40 * days) });
    clock.advance(days - 1);
    expect(await run()).toMatchObject({ users: 0 });
    expect(tokens.rowsOf(user)).toHaveLength(3);
    clock.advance(1);
    expect(await run()).toMatchObject({ users: 1 });
    expect(tokens.rowsOf(user)).toEqual([]);
    expect(sessions.count()).toBe(0);
  });

  it('looks at them a day later again while the user has a session', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user, key } = await signIn({ ...ended, session: newSession(startTime + 7 * days) });
    clock.advance(days);
    await sessions.touch(key, clock.now());
    expect(await run()).toMatchObject({ users: 0 });
    const dueAt = startTime + 2 * days;
    expect(await tokens.read(user, 'code')).toMatchObject({ ...ended, dueAt });
    expect(await marksOf(tokens, user, 'reauth_required')).toMatchObject([{ dueAt }]);
    expect(sessions.count()).toBe(1);
  });

  it.each([
    ['whose user is gone', { user: newUser() }],
    ['whose user has signed in again', {}],
    ['of another time', { dueAt: startTime - 1, state: 'reauth_required' }],
  ] as const)('drops a mark %s, and nothing else', async (_, fields) => {
    const { run, signIn, tokens } = createCleaning();
    const state = 'state' in fields ? fields.state : 'active';
    const { user } = await signIn({ state, dueAt: startTime + days });
    const mark = { user, flow: 'code', dueAt: startTime, ...fields } as const;
    tokens.addMark({ ...mark, state: 'reauth_required' });
    expect(await run()).toMatchObject({ users: 0 });
    const left = await marksOf(tokens, mark.user, 'reauth_required');
    expect(left.filter(({ dueAt }) => dueAt <= startTime)).toEqual([]);
    expect(tokens.rowsOf(user)).toHaveLength(3);
  });

  it('goes on to the others when one fails', async () => {
    const { run, signIn, tokens, clock, log } = createCleaning();
    const session = () => newSession(startTime + 40 * days);
    const bad = await signIn({ ...ended, session: session() });
    const good = await signIn({ ...ended, session: session() });
    clock.advance(days);
    const readStatus: typeof tokens.readStatus = async (user, flow) => {
      if (user === bad.user) throw new Error('down');
      return tokens.readStatus(user, flow);
    };
    expect(await run({ tokens: { ...tokens, readStatus } })).toMatchObject({ users: 1 });
    expect(tokens.rowsOf(good.user)).toEqual([]);
    expect(tokens.rowsOf(bad.user)).toHaveLength(3);
    expect(log.lines).toMatchObject([{ level: 'warn', event: 'tokens-not-deleted' }]);
  });

  it('goes on to the other shards when one fails', async () => {
    const { run, signIn, tokens, clock, log } = createCleaning();
    const session = () => newSession(startTime + 40 * days);
    const bad = await signIn({ ...ended, user: newUserIn('3'), session: session() });
    const good = [];
    for (const shard of ['2', '4', 'f']) {
      good.push((await signIn({ ...ended, user: newUserIn(shard), session: session() })).user);
    }
    clock.advance(days);
    const due: typeof tokens.due = async function* (shard, ...given) {
      if (shard === '3') throw new AppError('temporarily_unavailable');
      yield* tokens.due(shard, ...given);
    };
    expect(await run({ tokens: { ...tokens, due } })).toMatchObject({ users: 3 });
    expect(good.flatMap((user) => tokens.rowsOf(user))).toEqual([]);
    const fields = { code: 'temporarily_unavailable' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'tokens-not-deleted', fields }]);
    expect(await run()).toMatchObject({ users: 1 });
    expect(tokens.rowsOf(bad.user)).toEqual([]);
  });
});

describe('the janitor, of retained tokens that nobody can use', () => {
  const ended = { state: 'reauth_required', dueAt: startTime + days } as const;
  const retainMs = 30 * days;
  const retaining = { ...refreshPolicy, retainMs };
  /** As {@link tokenRecord} has it. */
  const sessionsEndAt = startTime + 7 * days;

  it('deletes those of one flow, and leaves those of the other', async () => {
    const { run, signIn, clock, tokens } = createCleaning();
    const { user } = await signIn({ ...ended, dueAt: sessionsEndAt + retainMs });
    const other = { flow: 'device', dueAt: startTime + 40 * days } as const;
    await signIn({ user, ...other, session: newSession(startTime + 8 * days) });
    clock.advance(37 * days);
    expect(await run({ refreshPolicy: retaining })).toMatchObject({ users: 1 });
    expect(await tokens.read(user, 'code')).toBeUndefined();
    expect(await marksOf(tokens, user, 'reauth_required')).toEqual([]);
    expect(await tokens.read(user, 'device')).toMatchObject({ ...other, state: 'active' });
    expect(await marksOf(tokens, user)).toMatchObject([other]);
  });

  it('looks at them a day later again while the user has a session', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user, key } = await signIn({ ...ended, session: newSession(sessionsEndAt) });
    clock.advance(days);
    await sessions.touch(key, clock.now());
    expect(await run({ refreshPolicy: retaining })).toMatchObject({ users: 0 });
    const dueAt = startTime + 2 * days;
    expect(await tokens.read(user, 'code')).toMatchObject({ ...ended, sessionsEndAt, dueAt });
    expect(await tokens.sessionsOf(user)).toHaveLength(1);
  });

  it('notes once that the last session has ended by idleness, and looks again each day', async () => {
    const { run, signIn, clock, tokens, sessions } = createCleaning();
    const { user } = await signIn({ ...ended, session: newSession(sessionsEndAt) });
    for (const day of [1, 2, 3]) {
      clock.advance(days);
      expect(await run({ refreshPolicy: retaining })).toMatchObject({ users: 0 });
      expect(sessions.count()).toBe(0);
      expect(await tokens.read(user, 'code')).toMatchObject({
        ...{ sessionsEndAt: startTime + days, dueAt: startTime + (day + 1) * days },
      });
    }
  });

  it.each([
    ['when that is over', 10, 10],
    ['30 days after the last session at the latest', 90, 30],
  ])('deletes them %s, and not before', async (_, retainDays, keptDays) => {
    const { run, signIn, clock, tokens } = createCleaning();
    const over = sessionsEndAt + keptDays * days;
    const early = await signIn({ ...ended, dueAt: over - 1 });
    const late = await signIn({ ...ended, dueAt: over });
    clock.advance(over - 1 - startTime);
    expect(
      await run({ refreshPolicy: { ...refreshPolicy, retainMs: retainDays * days } }),
    ).toMatchObject({ users: 0 });
    expect(await tokens.read(early.user, 'code')).toMatchObject({ dueAt: over - 1 + days });
    clock.advance(1);
    expect(
      await run({ refreshPolicy: { ...refreshPolicy, retainMs: retainDays * days } }),
    ).toMatchObject({ users: 1 });
    expect(tokens.rowsOf(late.user)).toEqual([]);
    expect(tokens.rowsOf(early.user)).toHaveLength(2);
  });
});
