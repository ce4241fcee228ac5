import { describe, expect, it } from 'vitest';
import { createAbsent, patient } from '../../../support/absent-users.ts';
import { days, minutes, startTime } from '../../../support/clock.ts';
import { marksOf, newSession, tokenRecord } from '../../../support/token-records.ts';

describe('the worker, for a user whose tokens are retained', () => {
  const retained = { retainMs: 30 * days };
  const over = 37 * days;

  it('keeps them alive until that is over', async () => {
    const { work, record, clock } = await createAbsent({
      ...{ after: 2 * days, refresh: { ...retained, keepAliveMs: 10 * days } },
    });
    expect(await work()).toBe('kept');
    expect((await record()).dueAt).toBe(startTime + 10 * days);
    clock.advance(8 * days);
    expect(await work()).toBe('refreshed');
    expect((await record()).dueAt).toBe(startTime + 20 * days);
  });

  it('keeps them to the last millisecond', async () => {
    const { work, tokens, user } = await createAbsent({ after: over - 1, refresh: retained });
    expect(await work()).toBe('refreshed');
    expect(tokens.rowsOf(user)).not.toEqual([]);
  });

  it('ends their dead sessions, and notes when', async () => {
    const { work, tokens, user, sessions, record } = await createAbsent({
      ...{ after: 2 * days, refresh: retained },
    });
    expect(await work()).toBe('kept');
    expect(await tokens.sessionsOf(user)).toEqual([]);
    expect(sessions.count()).toBe(0);
    expect(await record()).toMatchObject({ sessionsEndAt: startTime + 2 * days });
  });

  it('looks at them again no later than it is over, counted from there', async () => {
    const { work, record, tokens, user, clock } = await createAbsent({
      ...{ after: 2 * days, refresh: { ...retained, keepAliveMs: 60 * days } },
    });
    expect(await work()).toBe('kept');
    const dueAt = startTime + 32 * days;
    expect(await record()).toMatchObject({ dueAt });
    expect(await marksOf(tokens, user)).toMatchObject([{ dueAt }]);
    clock.advance(30 * days);
    expect(await work()).toBe('forgotten');
    expect(tokens.rowsOf(user)).toEqual([]);
  });

  it.each([
    ['in a day', 60 * days, 3 * days],
    ['for keep-alive', 2.5 * days, 2.5 * days],
  ])('ends no live session, and looks at them again %s', async (_, keepAliveMs, dueAfter) => {
    const { work, tokens, user, session, sessions, record } = await createAbsent({
      ...{ after: 2 * days, refresh: { ...retained, keepAliveMs }, session: patient },
    });
    const { sessionsEndAt } = await record();
    expect(await work()).toBe('kept');
    expect(await tokens.sessionsOf(user)).toEqual([session]);
    expect(sessions.count()).toBe(1);
    expect(await record()).toMatchObject({ sessionsEndAt, dueAt: startTime + dueAfter });
  });

  it('removes them when it is over', async () => {
    const { work, tokens, user, session, tokenClient } = await createAbsent({
      ...{ after: over, refresh: retained },
    });
    expect(await work()).toBe('forgotten');
    // The janitor takes the session with its day.
    expect(tokens.rowsOf(user)).toEqual([session.hash]);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('removes those of one flow, and leaves those of the other', async () => {
    const { work, tokens, user } = await createAbsent({ after: over, refresh: retained });
    const dueAt = startTime + 40 * days;
    const other = { flow: 'device', dueAt, sessionsEndAt: startTime + 20 * days } as const;
    await tokens.signIn(tokenRecord({ user, ...other }), newSession());
    expect(await work()).toBe('forgotten');
    expect(await tokens.read(user, 'code')).toBeUndefined();
    expect(await tokens.read(user, 'device')).toMatchObject(other);
  });

  it.each([
    [over - 1, 'refreshed'],
    [over, 'forgotten'],
  ])(
    'goes by the sessions’ end even if a back end asks for them (%d: %s)',
    async (after, outcome) => {
      const lastSeenAt = startTime + after - minutes;
      const { work } = await createAbsent({ after, record: { lastSeenAt }, refresh: retained });
      expect(await work()).toBe(outcome);
    },
  );
});
