import { describe, expect, it } from 'vitest';
import { accessTokenFor } from '../../../src/lib/auth/access-token.ts';
import { TokenError } from '../../../src/lib/auth/token-error.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { minutes, seconds, startTime } from '../../support/clock.ts';
import { createRefreshing } from '../../support/refreshing.ts';
import { appErrorOf } from '../../support/thrown.ts';
import { tokenFault } from '../../support/token-faults.ts';
import { tokenRecord } from '../../support/token-records.ts';

/** Tokens that expire within the minute, but are valid. */
const stale = 59 * minutes + 30 * seconds;
const expired = 61 * minutes;

async function at(time: number, fields: Parameters<typeof createRefreshing>[0] = {}) {
  const refreshing = await createRefreshing(fields);
  refreshing.clock.advance(time);
  const { user, instance } = refreshing;
  return { ...refreshing, ask: (on = instance()) => accessTokenFor(on, user, 'code') };
}

function refuse(fault: Parameters<typeof tokenFault>[0]) {
  return () => {
    throw new TokenError(tokenFault(fault));
  };
}

describe('an access token', () => {
  it('that is fresh is served without a token call', async () => {
    const { ask, tokenClient } = await at(30 * minutes);
    expect((await ask()).token).toBe('access-0');
    expect(tokenClient.refreshes).toBe(0);
  });

  it.each([stale, expired])('that is not fresh is refreshed first', async (time) => {
    const { ask, record } = await at(time);
    expect((await ask()).token).toBe('access-1');
    expect((await record()).refreshedBy).toBe('request');
  });

  it('is refreshed once for many callers at once', async () => {
    const { ask, instance, tokenClient } = await at(expired);
    const here = instance();
    const callers = await Promise.all(Array.from({ length: 20 }, () => ask(here)));
    expect(new Set(callers.map(({ token }) => token))).toEqual(new Set(['access-1']));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('is refreshed once for many instances at once', async () => {
    const { ask, instance, tokenClient } = await at(expired);
    const callers = await Promise.all(Array.from({ length: 10 }, () => ask(instance())));
    expect(new Set(callers.map(({ token }) => token))).toEqual(new Set(['access-1']));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('of nobody asks to sign in', async () => {
    const { ask, signOut } = await at(0);
    await signOut();
    const error = await appErrorOf(ask);
    expect(error.code).toBe('reauth_required');
    expect(error.public).toMatchObject({ reason: 'tokens_missing', login: {} });
  });

  it('of a user who signs out meanwhile asks to sign in', async () => {
    const { ask, signOut, tokenClient } = await at(expired);
    tokenClient.atEndpoint = async () => {
      await signOut();
    };
    expect((await appErrorOf(ask)).code).toBe('reauth_required');
  });
});

describe('while another instance refreshes', () => {
  const lease = { owner: 'other', until: startTime + expired + 30 * seconds };

  it('a valid token is served at once', async () => {
    const { ask, clock, tokenClient } = await at(stale, { lease });
    const before = clock.now();
    expect((await ask()).token).toBe('access-0');
    expect(clock.now()).toBe(before);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('an expired one waits for its result', async () => {
    const { ask, clock, instance, tokens, record, tokenClient, user } = await at(expired, {
      lease,
    });
    let sleeps = 0;
    const sleep = async (ms: number) => {
      await clock.sleep(ms);
      sleeps += 1;
      if (sleeps === 3) {
        const accessTokenExpiresAt = clock.now() + 60 * minutes;
        const refreshedAt = clock.now();
        await tokens.update(
          await record(),
          tokenRecord({ user, token: 'theirs', accessTokenExpiresAt, refreshedAt }),
        );
      }
    };
    expect((await ask({ ...instance(), sleep })).token).toBe('theirs');
    expect(sleeps).toBe(3);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('an expired one is refreshed once the lease has run out', async () => {
    const until = startTime + expired + 2 * seconds;
    const { ask, tokenClient } = await at(expired, { lease: { owner: 'dead', until } });
    expect((await ask()).token).toBe('access-1');
    expect(tokenClient.refreshes).toBe(1);
  });

  it('nobody waits longer than 9 seconds', async () => {
    const { ask, clock } = await at(expired, { lease });
    const before = clock.now();
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    expect(clock.now() - before).toBeLessThan(9 * seconds);
  });
});

describe('when the refresh fails', () => {
  it.each([
    { error: 'invalid_grant' },
    { status: 401, error: 'invalid_client' },
    { status: 503 },
    { status: undefined },
  ])('a valid token is served: %j', async (fault) => {
    const { ask, tokenClient } = await at(stale);
    tokenClient.atEndpoint = refuse(fault);
    expect((await ask()).token).toBe('access-0');
  });

  it.each([
    [{ error: 'invalid_grant' }, 'reauth_required'],
    [{ error: 'interaction_required' }, 'reauth_required'],
    [{ status: 401, error: 'invalid_client' }, 'misconfigured'],
    [{ status: 503 }, 'temporarily_unavailable'],
    [{ status: undefined }, 'temporarily_unavailable'],
  ])('%j is %s once the token has expired', async (fault, code) => {
    const { ask, tokenClient } = await at(expired);
    tokenClient.atEndpoint = refuse(fault);
    expect((await appErrorOf(ask)).code).toBe(code);
  });

  it('the token endpoint’s wait is passed on', async () => {
    const { ask, tokenClient } = await at(expired);
    tokenClient.atEndpoint = refuse({ status: 429, retryAfterSeconds: 17 });
    expect((await appErrorOf(ask)).public.retryAfterSeconds).toBe(17);
  });

  it('the store’s failure goes through, and the next call may succeed', async () => {
    const { ask, instance, tokens } = await at(expired);
    let broken = true;
    const here = instance({
      ...tokens,
      read: async (user, flow) => {
        if (broken) throw new AppError('temporarily_unavailable');
        return tokens.read(user, flow);
      },
    });
    expect((await appErrorOf(() => ask(here))).code).toBe('temporarily_unavailable');
    broken = false;
    expect((await ask(here)).token).toBe('access-1');
  });
});
