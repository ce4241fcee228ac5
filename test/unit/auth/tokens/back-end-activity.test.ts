import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../../src/lib/auth/ports.ts';
import { sessionKey } from '../../../../src/lib/auth/session/session.ts';
import { toBackEndError, tokenForBackEnd } from '../../../../src/lib/auth/tokens/back-end.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { createAbsent } from '../../../support/absent-users.ts';
import { days, hours, minutes, startTime } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

/** A user with a session that idles out after eight hours, and a back end that acts for them. */
async function createActing({
  retainMs = 0,
  record = {},
}: {
  retainMs?: number;
  record?: Partial<TokenRecord>;
} = {}) {
  const dueAt = startTime + 45 * minutes;
  const absent = await createAbsent({
    ...{ after: 0, record: { dueAt, ...record }, refresh: { retainMs } },
  });
  const { clock, here, user, work } = absent;
  const caller = here;

  const call = (minValidityMs = 0) =>
    tokenForBackEnd(caller, { user, oid: 'oid-1' }, { scopes: ['User.Read'], minValidityMs });

  return {
    ...absent,
    call,
    /** Calls every five minutes, and sweeps if the timer runs. @returns when it was refused. */
    async actUntilRefused(
      end: number,
      { minValidityMs = 0, timer = true, before = async () => {} } = {},
    ): Promise<{ at: number; code: string } | undefined> {
      while (clock.now() < startTime + end) {
        clock.advance(5 * minutes);
        await before();
        if (timer) await work();
        const error = await call(minValidityMs).then(() => undefined, toBackEndError);
        if (error === undefined) continue;
        return { at: clock.now() - startTime, code: error instanceof AppError ? error.code : '' };
      }
      return undefined;
    },
  };
}

describe('a back end’s call', () => {
  it('is noted apart from the user’s activity, at most every five minutes', async () => {
    const { call, clock, record } = await createActing();
    clock.advance(5 * minutes);
    await call();
    const noted = { lastSeenAt: startTime, usedAt: startTime + 5 * minutes };
    expect(await record()).toMatchObject(noted);
    const { version } = await record();
    clock.advance(5 * minutes - 1);
    await call();
    expect((await record()).version).toBe(version);
  });

  it('is noted so with the tokens that it refreshes, and with a refresh that fails', async () => {
    const { call, clock, record, tokenClient } = await createActing();
    clock.advance(61 * minutes);
    await call();
    const refreshed = { cache: 'cache-1', lastSeenAt: startTime, usedAt: startTime + 61 * minutes };
    expect(await record()).toMatchObject(refreshed);
    tokenClient.atEndpoint = refuse({ status: 503 });
    clock.advance(61 * minutes);
    expect((await appErrorOf(call)).code).toBe('temporarily_unavailable');
    const failed = { failures: 1, lastSeenAt: startTime, usedAt: startTime + 122 * minutes };
    expect(await record()).toMatchObject(failed);
  });

  it('keeps the tokens of an absent user fresh', async () => {
    const away = { lastSeenAt: startTime - 3 * days, dueAt: startTime + 20 * days };
    const { call, clock, record } = await createActing({ retainMs: 30 * days, record: away });
    clock.advance(5 * minutes);
    await call();
    expect((await record()).dueAt).toBe(startTime + 45 * minutes);
  });
});

describe('without retention, tokens that a back end uses all the time', () => {
  it.each([
    ['workers refresh them', {}],
    ['they are refreshed for its calls alone', { timer: false }],
    ['it always wants newer ones than there are', { minValidityMs: 50 * minutes }],
  ])('go once the last session has idled out: %s', async (_, options) => {
    const { actUntilRefused, tokens, user } = await createActing();
    const refused = await actUntilRefused(3 * days, options);
    expect(refused?.code).toBe('not_found');
    expect(refused?.at).toBeGreaterThanOrEqual(8 * hours);
    expect(refused?.at).toBeLessThanOrEqual(9 * hours);
    expect(tokens.rowsOf(user)).toEqual([]);
  });

  it('stay while a session is alive, whether or not that is seen with the tokens', async () => {
    const { actUntilRefused, clock, sessions, session } = await createActing();
    const before = () => sessions.touch(sessionKey(session), clock.now());
    expect(await actUntilRefused(2 * days, { before })).toBeUndefined();
  });

  it('go at the next refresh even if that is a day away', async () => {
    const { actUntilRefused, tokenClient } = await createActing({
      ...{ record: { accessTokenExpiresAt: startTime + 28 * hours, dueAt: startTime + minutes } },
    });
    tokenClient.lifetimeMs = 28 * hours;
    const refused = await actUntilRefused(3 * days);
    expect(refused?.code).toBe('not_found');
    expect(refused?.at).toBeLessThanOrEqual((8 + 24) * hours);
  });
});

describe('with retention, tokens that a back end uses all the time', () => {
  it('are kept until it is over, counted from the end of the last session', async () => {
    const { actUntilRefused, record, tokens, user } = await createActing({ retainMs: 2 * days });
    expect(await actUntilRefused(10 * hours)).toBeUndefined();
    const { sessionsEndAt } = await record();
    expect(sessionsEndAt - startTime).toBeGreaterThanOrEqual(8 * hours);
    expect(sessionsEndAt - startTime).toBeLessThanOrEqual(9 * hours);
    const refused = await actUntilRefused(7 * days);
    expect(refused?.code).toBe('not_found');
    const over = sessionsEndAt - startTime + 2 * days;
    expect(refused?.at).toBeGreaterThanOrEqual(over);
    expect(refused?.at).toBeLessThan(over + 10 * minutes);
    expect(tokens.rowsOf(user)).toEqual([]);
  });
});
