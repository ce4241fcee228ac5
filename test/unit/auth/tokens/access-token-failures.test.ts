import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../../../src/lib/auth/ports.ts';
import type { TokenFault } from '../../../../src/lib/auth/tokens/token-fault.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { expired, requestAt, stale } from '../../../support/access-token-requests.ts';
import { minutes, seconds } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';
import { until } from '../../../support/until.ts';

/** A user who asks while the token endpoint issues nothing. */
async function refusedAt(
  time: number,
  fault: Partial<TokenFault>,
  fields: Partial<TokenRecord> = {},
) {
  const request = await requestAt(time, fields);
  request.tokenClient.atEndpoint = refuse(fault);
  return request;
}

const throttled = { error: 'invalid_grant', suberror: 'bad_token', errorCodes: [50196] };

const nobodysFault: Partial<TokenFault>[] = [
  { status: 503 },
  { status: 500, error: 'invalid_client' },
  { status: 429, retryAfterSeconds: 17 },
  { status: undefined },
  { error: 'something_new' },
  throttled,
];
const operatorsFault: Partial<TokenFault>[] = [
  { status: 401, error: 'invalid_client', errorCodes: [7000222] },
  { error: 'unauthorized_client', errorCodes: [700016] },
  { error: 'invalid_scope' },
];

describe('a failed refresh that is not the user’s fault', () => {
  it.each([...nobodysFault, ...operatorsFault])('serves a valid token: %j', async (fault) => {
    const { ask, record } = await refusedAt(stale, fault);
    expect((await ask()).token).toBe('access-0');
    expect((await ask()).token).toBe('access-0');
    expect(await record()).toMatchObject({ state: 'active', cache: 'cache-0' });
  });

  it.each(nobodysFault)('is 503 once the token has expired: %j', async (fault) => {
    const { ask, record } = await refusedAt(expired, fault);
    const error = await appErrorOf(ask);
    expect(error.code).toBe('temporarily_unavailable');
    expect(error.public.retryAfterSeconds).toBeGreaterThan(0);
    expect(await record()).toMatchObject({ state: 'active', failures: 1 });
  });

  it.each(operatorsFault)('is 503 and leaves the row alone: %j', async (fault) => {
    const { ask, record } = await refusedAt(expired, fault);
    const before = await record();
    expect((await appErrorOf(ask)).code).toBe('misconfigured');
    expect(await record()).toEqual({ ...before, version: expect.any(String) });
  });

  it('of the app itself makes no further call for a while, and tells for how long', async () => {
    const { ask, clock, tokenClient } = await refusedAt(expired, { error: 'invalid_client' });
    await appErrorOf(ask);
    const error = await appErrorOf(ask);
    expect(error.code).toBe('misconfigured');
    expect(error.public.retryAfterSeconds).toBeGreaterThan(0);
    expect(tokenClient.refreshes).toBe(1);
    tokenClient.atEndpoint = () => undefined;
    clock.advance((error.public.retryAfterSeconds ?? 0) * seconds);
    expect((await ask()).token).toBe('access-1');
  });
});

describe('a failed refresh of tokens that were replaced meanwhile', () => {
  it.each([stale, expired])('serves the newer ones or a valid one, at %d ms', async (time) => {
    const { ask, clock, record, tokenClient, tokens, user } = await requestAt(time);
    tokenClient.atEndpoint = async () => {
      const accessTokenExpiresAt = clock.now() + 60 * minutes;
      const fields = { user, token: 'newer', refreshedAt: clock.now(), accessTokenExpiresAt };
      await tokens.signIn(tokenRecord(fields), newSession());
      refuse({ status: 503 })();
    };
    expect((await ask()).token).toBe(time === expired ? 'newer' : 'access-0');
    expect((await ask()).token).toBe('newer');
    expect(tokenClient.refreshes).toBe(1);
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0 });
  });
});

describe('after a failure', () => {
  it('a wait that was told is passed on, and kept to', async () => {
    const fault = { status: 429, retryAfterSeconds: 120 };
    const { ask, clock, tokenClient } = await refusedAt(expired, fault);
    expect((await appErrorOf(ask)).public.retryAfterSeconds).toBe(120);
    clock.advance(119 * seconds);
    expect((await appErrorOf(ask)).public.retryAfterSeconds).toBe(1);
    expect(tokenClient.refreshes).toBe(1);
    clock.advance(1 * seconds);
    await appErrorOf(ask);
    expect(tokenClient.refreshes).toBe(2);
  });

  it('of a throttled user there is one call in minutes, on whatever instance', async () => {
    const { ask, clock, instance, record, tokenClient } = await refusedAt(stale, throttled);
    for (let asked = 0; asked < 20; asked++) {
      await ask(instance()).catch(() => undefined);
      clock.advance(14 * seconds);
    }
    expect(tokenClient.refreshes).toBe(1);
    expect(await record()).toMatchObject({ state: 'active', cache: 'cache-0', failures: 1 });
    tokenClient.atEndpoint = () => undefined;
    clock.advance(1 * minutes);
    expect((await ask(instance())).token).toBe('access-1');
    expect(await record()).toMatchObject({ failures: 0, retryAt: 0 });
  });

  it('nobody waits longer than a minute for the next try when no wait was told', async () => {
    const fault = { status: 503 };
    const { ask, clock, tokenClient } = await refusedAt(expired, fault, { failures: 20 });
    const { retryAfterSeconds } = (await appErrorOf(ask)).public;
    expect(retryAfterSeconds).toBe(60);
    clock.advance(60 * seconds);
    tokenClient.atEndpoint = () => undefined;
    expect((await ask()).token).toBe('access-1');
  });

  it('the first next try is near', async () => {
    const { ask, clock, tokenClient } = await refusedAt(stale, { status: 503 });
    await ask();
    clock.advance(5 * seconds);
    tokenClient.atEndpoint = () => undefined;
    expect((await ask()).token).toBe('access-1');
  });
});

describe('a token endpoint that is slow', () => {
  it('lets a valid token be served after two seconds, and goes on', async () => {
    const { ask, instance, record, tokenClient } = await requestAt(stale);
    let answer = () => {};
    tokenClient.atEndpoint = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const waits: number[] = [];
    const impatient = {
      ...instance(),
      timeout: async (ms: number) => {
        waits.push(ms);
      },
    };
    expect((await ask(impatient)).token).toBe('access-0');
    expect(waits).toEqual([2 * seconds]);
    while (tokenClient.refreshes === 0) await Promise.resolve();
    answer();
    await until(async () => (await record()).accessToken.token === 'access-1');
  });

  it('keeps a caller whose token is about to expire waiting for longer', async () => {
    const waits: number[] = [];
    const { ask, instance, tokenClient } = await requestAt(stale + 1);
    tokenClient.atEndpoint = () => new Promise(() => {});
    const impatient = {
      ...instance(),
      timeout: async (ms: number) => {
        waits.push(ms);
      },
    };
    expect((await ask(impatient)).token).toBe('access-0');
    expect(waits).toEqual([5 * seconds]);
  });

  it('keeps a caller waiting whose token expires meanwhile', async () => {
    const { ask, instance } = await requestAt(60 * minutes - 5 * seconds);
    const impatient = { ...instance(), timeout: async () => {} };
    expect((await ask(impatient)).token).toBe('access-1');
  });
});

describe('a store that fails', () => {
  const down = () => Promise.reject(new AppError('temporarily_unavailable'));
  const methods = ['read', 'changeStatus'] as const;

  it.each(methods)('at %s while tokens are refreshed serves a valid token', async (method) => {
    const { ask, instance, log, tokens, user } = await requestAt(stale);
    const broken = instance({ tokens: { ...tokens, [method]: down } });
    expect((await ask(broken)).token).toBe('access-0');
    const fields = { user: user.slice(0, 12), flow: 'code', code: 'temporarily_unavailable' };
    expect(log.lines.at(-1)).toEqual({ level: 'warn', event: 'refresh-put-off', fields });
    expect((await ask()).token).toMatch(/^access-[12]$/);
  });

  it.each(methods)('at %s is 503 without one, and the next call succeeds', async (method) => {
    const { ask, instance, record, tokens } = await requestAt(expired);
    const broken = instance({ tokens: { ...tokens, [method]: down } });
    expect((await appErrorOf(() => ask(broken))).code).toBe('temporarily_unavailable');
    expect(await record()).toMatchObject({ state: 'active', failures: 0 });
    expect((await ask()).token).toMatch(/^access-[12]$/);
  });

  it.each([stale, expired])('to keep what was issued, serves it all the same', async (time) => {
    const { ask, instance, record, tokens } = await requestAt(time);
    const broken = instance({ tokens: { ...tokens, update: down } });
    expect((await ask(broken)).token).toBe('access-1');
    expect(await record()).toMatchObject({ state: 'active', failures: 0, cache: 'cache-0' });
  });

  it('to take the lease makes no token call', async () => {
    const { ask, instance, tokenClient, tokens } = await requestAt(stale);
    await ask(instance({ tokens: { ...tokens, changeStatus: down } }));
    expect(tokenClient.refreshes).toBe(0);
  });

  it('at noting a failure leaves it at the failure', async () => {
    const { ask, instance, log, tokens } = await refusedAt(expired, { status: 503 });
    let changes = 0;
    const changeStatus: typeof tokens.changeStatus = (previous, change) => {
      changes += 1;
      return changes > 1 ? down() : tokens.changeStatus(previous, change);
    };
    const broken = instance({ tokens: { ...tokens, changeStatus } });
    expect((await appErrorOf(() => ask(broken))).code).toBe('temporarily_unavailable');
    expect(log.lines.map(({ event }) => event)).toContain('back-off-not-noted');
  });

  it('for the first read is 503', async () => {
    const { ask, instance, tokens } = await requestAt(stale);
    const broken = instance({ tokens: { ...tokens, readAccessToken: down } });
    expect((await appErrorOf(() => ask(broken))).code).toBe('temporarily_unavailable');
  });
});
