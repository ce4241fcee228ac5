import { describe, expect, it } from 'vitest';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { TokenError } from '../../../../src/lib/auth/token-error.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { minutes, startTime } from '../../../support/clock.ts';
import { createRefreshing } from '../../../support/refreshing.ts';
import { tokenFault } from '../../../support/token-faults.ts';
import { newUser } from '../../../support/token-records.ts';

const dueAt = startTime + 30 * minutes;

async function due() {
  const refreshing = await createRefreshing({ dueAt });
  refreshing.clock.advance(30 * minutes);
  const mark = { user: refreshing.user, flow: 'code', dueAt } as const;
  return {
    ...refreshing,
    mark,
    work: (given = mark) => refreshDueUser(refreshing.instance(), given),
  };
}

describe('the refresh worker', () => {
  it('refreshes a user who is due', async () => {
    const { work, record, log } = await due();
    await work();
    expect(await record()).toMatchObject({ cache: 'cache-1', refreshedBy: 'timer' });
    expect(log.lines).toMatchObject([{ event: 'refresh', fields: { outcome: 'refreshed' } }]);
  });

  it('makes one token call for a message that comes many times, at once or in turn', async () => {
    const { work, tokenClient } = await due();
    await Promise.all(Array.from({ length: 5 }, () => work()));
    for (let n = 0; n < 5; n++) await work();
    expect(tokenClient.refreshes).toBe(1);
  });

  it('does nothing for a user who is no longer due', async () => {
    const { work, tokenClient, clock } = await due();
    clock.advance(-1);
    await work();
    expect(tokenClient.refreshes).toBe(0);
  });

  it('drops the mark of a user who is gone, and only that', async () => {
    const { work, tokens, mark } = await due();
    const orphan = { ...mark, user: newUser() };
    tokens.addMark(orphan);
    await work(orphan);
    expect(tokens.rowsOf(orphan.user)).toEqual([]);
    expect(tokens.rowsOf(mark.user)).toHaveLength(3);
  });

  it('logs a refusal without secrets or the user’s name, and leaves the mark', async () => {
    const { work, tokenClient, log, tokens, user } = await due();
    tokenClient.atEndpoint = () => {
      const fault = tokenFault({ error: 'invalid_grant', errorCodes: [70043], traceId: 'trace-1' });
      throw new TokenError(fault, new Error('AADSTS70043 refresh_token=0.AAA'));
    };
    await work();
    expect(log.lines).toEqual([
      {
        level: 'warn',
        event: 'refresh-failed',
        fields: {
          user: user.slice(0, 12),
          flow: 'code',
          by: 'timer',
          fault: 'user',
          status: 400,
          code: 'invalid_grant',
          errorCodes: [70043],
          traceId: 'trace-1',
        },
      },
    ]);
    for (const secret of [user, '0.AAA', 'access-', 'cache-']) {
      expect(log.text()).not.toContain(secret);
    }
    expect(tokens.rowsOf(user)).toHaveLength(3);
  });

  it('drops a mark that is not the one of the user’s record', async () => {
    const { work, tokens, mark } = await due();
    const stale = { ...mark, dueAt: mark.dueAt - 1 };
    tokens.addMark(stale);
    await work();
    await work(stale);
    expect(tokens.rowsOf(mark.user)).toHaveLength(3);
    expect(tokens.rowsOf(mark.user).join()).not.toContain(String(stale.dueAt));
  });

  it('leaves it to the mark when the store fails', async () => {
    const { instance, tokens, mark, log } = await due();
    const down = new AppError('temporarily_unavailable');
    const broken = instance({ ...tokens, read: () => Promise.reject(down) });
    await refreshDueUser(broken, mark);
    expect(log.lines).toMatchObject([
      { event: 'refresh-failed', fields: { code: 'temporarily_unavailable' } },
    ]);
    expect(tokens.rowsOf(mark.user)).toHaveLength(3);
  });
});
