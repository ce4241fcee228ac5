import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../../src/lib/auth/ports.ts';
import { refreshDueUser } from '../../../../src/lib/auth/refresh/worker.ts';
import { expired, requestAt } from '../../../support/access-token-requests.ts';
import { days, hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { marksOf } from '../../../support/token-records.ts';

const dueAt = startTime + 45 * minutes;
/** Written at the start by an instance whose clock was a day ahead. */
const leased: Partial<TokenRecord> = {
  dueAt,
  lease: { owner: 'ahead', until: startTime + days + 30 * seconds },
};
const backedOff: Partial<TokenRecord> = {
  dueAt: startTime + days + 5 * seconds,
  ...{ failures: 1, retryAt: startTime + days + 5 * seconds },
};
const refreshed: Partial<TokenRecord> = {
  ...{ refreshedAt: startTime + days, lastSeenAt: startTime + days },
  ...{ dueAt: startTime + days + 45 * minutes, accessTokenExpiresAt: startTime + days + hours },
};

describe('a lease that was taken by a clock a day ahead', () => {
  it('keeps a request from refresh for 30 s at most', async () => {
    const { ask, clock } = await requestAt(expired, leased);
    expect((await appErrorOf(() => ask())).code).toBe('temporarily_unavailable');
    clock.advance(startTime + expired + 30 * seconds - clock.now());
    expect((await ask()).token).toBe('access-1');
  });

  it('keeps a worker from refresh for 30 s at most', async () => {
    const { here, user, record, clock } = await requestAt(45 * minutes, leased);
    const mark = { user, flow: 'code', state: 'active', dueAt } as const;
    await refreshDueUser(here, mark);
    expect(await record()).toMatchObject({ cache: 'cache-0' });
    clock.advance(30 * seconds);
    await refreshDueUser(here, mark);
    expect(await record()).toMatchObject({ cache: 'cache-1', lease: undefined });
  });
});

describe('a back-off that was noted', () => {
  it('by a clock a day ahead keeps nobody from refresh', async () => {
    const { ask, record } = await requestAt(expired, backedOff);
    expect((await ask()).token).toBe('access-1');
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0 });
  });

  it.each([1, 60])('for %d minutes holds: the token endpoint may have said so', async (wait) => {
    const retryAt = startTime + expired + wait * minutes;
    const { ask, tokenClient, clock } = await requestAt(expired, { failures: 1, retryAt });
    expect((await appErrorOf(() => ask())).code).toBe('temporarily_unavailable');
    expect(tokenClient.refreshes).toBe(0);
    clock.advance(wait * minutes);
    expect((await ask()).token).toBe('access-1');
  });
});

describe('a user who is here, and whose row bears times of a clock a day ahead', () => {
  it.each([
    ['of a refresh', refreshed],
    ['of a back-off', backedOff],
  ])('is due at once: %s', async (_, fields) => {
    const { ask, here, user, record, tokens, clock } = await requestAt(10 * minutes, fields);
    await ask();
    const soon = clock.now() + 30 * seconds;
    expect(await record()).toMatchObject({ dueAt: soon, lastSeenAt: clock.now() });
    expect(await marksOf(tokens, user)).toMatchObject([{ dueAt: soon }]);
    clock.advance(30 * seconds);
    await refreshDueUser(here, { user, flow: 'code', state: 'active', dueAt: soon });
    expect(await record()).toMatchObject({
      ...{ cache: 'cache-1', refreshedAt: clock.now(), dueAt: clock.now() + 45 * minutes },
    });
  });

  it('is due as before if it is but a little ahead', async () => {
    const { ask, record } = await requestAt(10 * minutes, {
      ...{ dueAt, refreshedAt: startTime + 10 * minutes + 30 * seconds },
    });
    await ask();
    expect(await record()).toMatchObject({ dueAt });
  });
});
