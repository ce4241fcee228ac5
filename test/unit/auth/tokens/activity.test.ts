import { describe, expect, it } from 'vitest';
import type { RefreshPolicy } from '../../../../src/lib/auth/refresh/schedule.ts';
import { noteActivity } from '../../../../src/lib/auth/tokens/activity.ts';
import { AppError, ConflictError } from '../../../../src/lib/errors.ts';
import { requestAt } from '../../../support/access-token-requests.ts';
import { days, hours, minutes, startTime } from '../../../support/clock.ts';
import { marksOf } from '../../../support/token-records.ts';

type Request = Awaited<ReturnType<typeof requestAt>>;

/** As `GET /session` does, which refreshes nothing. */
async function note({ here, tokens, user }: Request, policy: Partial<RefreshPolicy> = {}) {
  const status = await tokens.readStatus(user, 'code');
  if (!status) throw new Error('the record is not there');
  return noteActivity({ ...here, refreshPolicy: { ...here.refreshPolicy, ...policy } }, status);
}

describe('a request for an access token', () => {
  it('notes activity, at most every five minutes', async () => {
    const { ask, clock, record } = await requestAt(5 * minutes - 1);
    const { version } = await record();
    await ask();
    expect((await record()).version).toBe(version);
    clock.advance(1);
    await ask();
    expect((await record()).lastSeenAt).toBe(startTime + 5 * minutes);
    clock.advance(5 * minutes - 1);
    await ask();
    expect((await record()).lastSeenAt).toBe(startTime + 5 * minutes);
    clock.advance(1);
    await ask();
    expect((await record()).lastSeenAt).toBe(startTime + 10 * minutes);
  });

  it('notes activity with the tokens that it refreshes', async () => {
    const { ask, record } = await requestAt(61 * minutes);
    await ask();
    expect((await record()).lastSeenAt).toBe(startTime + 61 * minutes);
  });

  it.each([
    [new AppError('temporarily_unavailable'), { code: 'temporarily_unavailable' }],
    [new ConflictError('somebody was faster'), { error: 'ConflictError' }],
  ])(
    'is answered when its activity can’t be noted, and the log says so: %s',
    async (down, fields) => {
      const { ask, clock, instance, log, record, tokens } = await requestAt(10 * minutes);
      const changeStatus = () => Promise.reject(down);
      expect((await ask(instance({ tokens: { ...tokens, changeStatus } }))).token).toBe('access-0');
      expect(log.lines).toEqual([{ level: 'warn', event: 'activity-not-noted', fields }]);
      await ask();
      expect((await record()).lastSeenAt).toBe(clock.now());
    },
  );
});

describe('activity', () => {
  it('is noted more often when users are hot for a short time', async () => {
    const request = await requestAt(2 * minutes);
    await note(request);
    expect((await request.record()).lastSeenAt).toBe(startTime);
    await note(request, { hotMs: 8 * minutes });
    expect((await request.record()).lastSeenAt).toBe(startTime + 2 * minutes);
  });

  it('of a hot user leaves the time alone at which they are due', async () => {
    const dueAt = startTime + 50 * minutes;
    const request = await requestAt(10 * minutes, { dueAt });
    await note(request);
    expect(await request.record()).toMatchObject({ dueAt, lastSeenAt: startTime + 10 * minutes });
  });

  it('that was noted meanwhile by another request is not noted again', async () => {
    const request = await requestAt(10 * minutes);
    await note(request);
    const { version } = await request.record();
    await note(request);
    expect((await request.record()).version).toBe(version);
  });

  it('of a user whose sign-in has ended is not noted', async () => {
    const request = await requestAt(3 * days, { state: 'reauth_required' });
    const before = await request.record();
    await note(request);
    expect(await request.record()).toEqual(before);
  });
});

describe('what noting activity returns', () => {
  const lastSeenAt = startTime - 3 * days;
  const away = { lastSeenAt, dueAt: startTime + 30 * days };

  it('is the status as it is now', async () => {
    const request = await requestAt(10 * minutes, away);
    const now = { lastSeenAt: startTime + 10 * minutes, dueAt: startTime + 45 * minutes };
    expect(await note(request)).toMatchObject(now);
    expect(await request.record()).toMatchObject(now);
  });

  it('is the status as it was when there is nothing to note', async () => {
    const request = await requestAt(minutes);
    expect(await note(request)).toMatchObject({ lastSeenAt: startTime });
  });

  it('is the status as it was when that can’t be noted', async () => {
    const request = await requestAt(10 * minutes, away);
    const changeStatus = () => Promise.reject(new ConflictError('somebody was faster'));
    const here = { ...request.here, tokens: { ...request.here.tokens, changeStatus } };
    expect(await note({ ...request, here })).toMatchObject(away);
  });
});

describe('a user who is back after days', () => {
  const lastSeenAt = startTime - 3 * days;
  const keepAlive = startTime + 30 * days;

  it('is due before the token expires, not at keep-alive', async () => {
    const { ask, record, tokens, user } = await requestAt(10 * minutes, {
      lastSeenAt,
      dueAt: keepAlive,
    });
    await ask();
    const dueAt = startTime + 45 * minutes;
    expect(await record()).toMatchObject({ dueAt, lastSeenAt: startTime + 10 * minutes });
    expect(await marksOf(tokens, user)).toEqual([{ user, flow: 'code', state: 'active', dueAt }]);
  });

  it('is due at once if the token has expired', async () => {
    const request = await requestAt(2 * hours, { lastSeenAt, dueAt: keepAlive });
    await note(request);
    const { dueAt } = await request.record();
    expect(dueAt - request.clock.now()).toBeLessThanOrEqual(1 * minutes);
  });

  it('is not due later than they were', async () => {
    const dueAt = startTime + 20 * minutes;
    const request = await requestAt(10 * minutes, { lastSeenAt, dueAt });
    await note(request);
    expect(await request.record()).toMatchObject({ dueAt, lastSeenAt: startTime + 10 * minutes });
  });

  it.each([
    ['just long enough', 24 * hours, startTime + 45 * minutes],
    ['not long enough', 24 * hours - 1, keepAlive],
  ])('was away %s', async (_name, awayMs, dueAt) => {
    const time = 10 * minutes;
    const seen = startTime + time - awayMs;
    const request = await requestAt(time, { lastSeenAt: seen, dueAt: keepAlive });
    await note(request);
    expect((await request.record()).dueAt).toBe(dueAt);
  });
});
