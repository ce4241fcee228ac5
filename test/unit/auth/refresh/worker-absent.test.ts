import { describe, expect, it } from 'vitest';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { noteActivity } from '../../../../src/lib/auth/tokens/activity.ts';
import { createAbsent, patient } from '../../../support/absent-users.ts';
import { days, hours, minutes, startTime } from '../../../support/clock.ts';
import { marksOf, newSession, tokenRecord } from '../../../support/token-records.ts';

describe('the worker, for an absent user with a live session', () => {
  const keepAlive = { keepAliveMs: 4 * days };

  it.each([
    ['to look again in a day', 2 * days, 3 * days],
    ['until keep-alive', 3.5 * days, 4 * days],
  ])('puts the refresh off %s', async (_, after, dueAfter) => {
    const { work, record, tokens, user, tokenClient, sessions } = await createAbsent({
      ...{ after, refresh: keepAlive, session: patient },
    });
    expect(await work()).toBe('kept');
    const dueAt = startTime + dueAfter;
    expect(await record()).toMatchObject({ dueAt, cache: 'cache-0' });
    expect(await marksOf(tokens, user)).toMatchObject([{ dueAt }]);
    expect(tokenClient.refreshes).toBe(0);
    expect(sessions.count()).toBe(1);
  });

  it('refreshes when that has come, for keep-alive again or the sessions’ end', async () => {
    const { work, record, clock, tokenClient } = await createAbsent({
      ...{ after: 2 * days, refresh: keepAlive, session: patient },
    });
    expect(await work()).toBe('kept');
    clock.advance(days);
    expect(await work()).toBe('kept');
    clock.advance(days);
    expect(await work()).toBe('refreshed');
    expect(tokenClient.refreshes).toBe(1);
    expect(await record()).toMatchObject({
      ...{ dueAt: startTime + 5 * days, lastSeenAt: startTime, refreshedBy: 'timer' },
    });
  });

  it('refreshes once, whoever else finds that at the same time', async () => {
    const { work, here, user, tokens, tokenClient } = await createAbsent({
      ...{ after: 4 * days, refresh: keepAlive, session: patient },
    });
    let reads = 0;
    const read: typeof tokens.read = async (...given) => {
      reads += 1;
      // Between the look at the user and the refresh another worker comes, and is done.
      if (reads === 2) await work();
      return tokens.read(...given);
    };
    for (const mark of await marksOf(tokens, user)) {
      await refreshDueUser({ ...here, tokens: { ...tokens, read } }, mark);
    }
    expect(tokenClient.refreshes).toBe(1);
  });

  /** Looks after the user, while they do something themselves. */
  async function lookAfter(
    { here, tokens, user }: Awaited<ReturnType<typeof createAbsent>>,
    meanwhile: () => Promise<unknown>,
  ) {
    const sessionsOf: typeof tokens.sessionsOf = async (of) => {
      await meanwhile();
      return tokens.sessionsOf(of);
    };
    for (const mark of await marksOf(tokens, user)) {
      await refreshDueUser({ ...here, tokens: { ...tokens, sessionsOf } }, mark);
    }
  }

  it('refreshes at once if they come back meanwhile', async () => {
    const absent = await createAbsent({ after: 2 * days, refresh: keepAlive, session: patient });
    const { here, clock, record, tokenClient } = absent;
    await lookAfter(absent, async () => noteActivity(here, await record()));
    expect(tokenClient.refreshes).toBe(1);
    expect((await record()).dueAt).toBe(clock.now() + 45 * minutes);
  });

  it('leaves new tokens as they are if they sign in meanwhile', async () => {
    const absent = await createAbsent({ after: 2 * days, refresh: keepAlive, session: patient });
    const { tokens, clock, record, user, tokenClient } = absent;
    const dueAt = clock.now() + 45 * minutes;
    const times = { refreshedAt: clock.now(), lastSeenAt: clock.now(), dueAt };
    const newer = tokenRecord({ user, token: 'newer', ...times });
    await lookAfter(absent, () => tokens.signIn(newer, newSession()));
    expect(tokenClient.refreshes).toBe(0);
    expect(await record()).toMatchObject({ dueAt, accessToken: { token: 'newer' } });
    expect(await marksOf(tokens, user)).toMatchObject([{ dueAt }]);
  });

  it('comes early by chance, and refreshes then', async () => {
    const { work, record, clock } = await createAbsent({
      after: 3 * days,
      refresh: { ...keepAlive, random: () => 0.5 },
      session: patient,
    });
    await work();
    const { dueAt } = await record();
    expect(dueAt).toBe(startTime + 3.8 * days);
    clock.advance(0.8 * days);
    expect(await work()).toBe('refreshed');
  });

  it('forgets the user within a day of the session’s end by idleness', async () => {
    const { work, record, clock, tokens, user } = await createAbsent({
      ...{ after: 2 * days, session: { ...patient, idleMs: 2 * days + hours } },
    });
    expect(await work()).toBe('kept');
    expect((await record()).dueAt).toBe(startTime + 3 * days);
    clock.advance(days);
    expect(await work()).toBe('forgotten');
    expect(tokens.rowsOf(user)).toEqual([]);
  });

  it('refreshes as before once the user is back', async () => {
    const { work, record, clock, here } = await createAbsent({
      ...{ after: 2 * days, refresh: keepAlive, session: patient },
    });
    await work();
    clock.advance(hours);
    const { now } = clock;
    await noteActivity(here, await record());
    expect((await record()).dueAt).toBeLessThan(now() + minutes);
    clock.advance(minutes);
    expect(await work()).toBe('refreshed');
    expect((await record()).dueAt).toBe(now() + 45 * minutes);
  });
});

describe('the worker, for an absent user without a session', () => {
  it('deletes everything if nothing is retained', async () => {
    const { work, tokens, user, sessions, tokenClient } = await createAbsent({ after: 25 * hours });
    expect(await work()).toBe('forgotten');
    expect(tokens.rowsOf(user)).toEqual([]);
    expect(sessions.count()).toBe(0);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('removes the tokens when the sessions’ time is up, seen lately or not', async () => {
    const after = 7 * days;
    const { work, tokens, user, session, tokenClient } = await createAbsent({
      after,
      record: { lastSeenAt: startTime + after - minutes },
    });
    expect(await work()).toBe('forgotten');
    // The janitor takes the session with its day.
    expect(tokens.rowsOf(user)).toEqual([session.hash]);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('removes the tokens of one flow, and leaves those of the other', async () => {
    const after = 7 * days;
    const { work, tokens, user } = await createAbsent({ after });
    const other = tokenRecord({ user, flow: 'device', sessionsEndAt: startTime + 9 * days });
    const dueAt = startTime + 8 * days;
    await tokens.signIn({ ...other, dueAt }, newSession(startTime + 9 * days));
    expect(await work()).toBe('forgotten');
    expect(await tokens.read(user, 'code')).toBeUndefined();
    expect(await tokens.read(user, 'device')).toMatchObject({ cache: 'cache-0' });
    expect(await marksOf(tokens, user)).toMatchObject([{ flow: 'device', dueAt }]);
  });

  it('leaves tokens that came at the last moment', async () => {
    const { here, tokens, user, record, log } = await createAbsent({ after: 7 * days });
    const newer = tokenRecord({ user, token: 'newer', sessionsEndAt: startTime + 14 * days });
    const remove: typeof tokens.remove = async (previous) => {
      await tokens.signIn(newer, newSession(startTime + 14 * days));
      return tokens.remove(previous);
    };
    for (const mark of await marksOf(tokens, user)) {
      await refreshDueUser({ ...here, tokens: { ...tokens, remove } }, mark);
    }
    expect((await record()).accessToken.token).toBe('newer');
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', event: 'refresh-put-off' });
  });

  it('deletes nothing while a session is being opened', async () => {
    const { work, tokens, user, clock } = await createAbsent({ after: 25 * hours });
    const { cache } = tokenRecord({ user });
    const record = tokenRecord({ user, dueAt: clock.now() });
    await tokens.signIn(record, { ...newSession(), createdAt: clock.now() });
    expect(await work()).toBe('kept');
    expect(await tokens.read(user, 'code')).toMatchObject({ cache });
  });
});
