import { describe, expect, it } from 'vitest';
import { expired, requestAt, stale } from '../../../support/access-token-requests.ts';
import { minutes, seconds, startTime } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { tokenRecord } from '../../../support/token-records.ts';

describe('an access token', () => {
  it('that is fresh is served without a token call', async () => {
    const { ask, tokenClient } = await requestAt(30 * minutes);
    expect((await ask()).token).toBe('access-0');
    expect(tokenClient.refreshes).toBe(0);
  });

  it.each([stale, expired])('that is not fresh is refreshed first', async (time) => {
    const { ask, record } = await requestAt(time);
    expect((await ask()).token).toBe('access-1');
    expect((await record()).refreshedBy).toBe('request');
  });

  it('is refreshed once for many callers at once', async () => {
    const { ask, tokenClient } = await requestAt(expired);
    const callers = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(callers.map(({ token }) => token))).toEqual(new Set(['access-1']));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('is refreshed once for many instances at once', async () => {
    const { ask, instance, tokenClient } = await requestAt(expired);
    const callers = await Promise.all(Array.from({ length: 10 }, () => ask(instance())));
    expect(new Set(callers.map(({ token }) => token))).toEqual(new Set(['access-1']));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('of nobody asks to sign in', async () => {
    const { ask, signOut } = await requestAt(0);
    await signOut();
    const error = await appErrorOf(ask);
    expect(error.code).toBe('reauth_required');
    expect(error.public).toMatchObject({ reason: 'tokens_missing', login: {} });
  });

  it('of a user who signs out meanwhile asks to sign in', async () => {
    const { ask, signOut, tokenClient } = await requestAt(expired);
    tokenClient.atEndpoint = async () => {
      await signOut();
    };
    expect((await appErrorOf(ask)).code).toBe('reauth_required');
  });
});

describe('while another instance refreshes', () => {
  const lease = { owner: 'other', until: startTime + expired + 30 * seconds };
  const lastSeconds = 59 * minutes + 31 * seconds;

  it('a valid token is served at once', async () => {
    const { ask, clock, tokenClient } = await requestAt(stale, { lease });
    const before = clock.now();
    expect((await ask()).token).toBe('access-0');
    expect(clock.now()).toBe(before);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('an expired one waits for its result', async () => {
    const refreshing = await requestAt(expired, { lease });
    const { ask, clock, here, tokens, record, tokenClient, user } = refreshing;
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
    expect((await ask({ ...here, sleep })).token).toBe('theirs');
    expect(sleeps).toBe(3);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('an expired one is refreshed once the lease has run out', async () => {
    const until = startTime + expired + 2 * seconds;
    const { ask, tokenClient } = await requestAt(expired, { lease: { owner: 'dead', until } });
    expect((await ask()).token).toBe('access-1');
    expect(tokenClient.refreshes).toBe(1);
  });

  it('a token in its last 30 seconds waits for its result', async () => {
    const refreshing = await requestAt(lastSeconds, { lease });
    const { ask, clock, here, tokens, record, user } = refreshing;
    const sleep = async (ms: number) => {
      await clock.sleep(ms);
      const theirs = { user, token: 'theirs', accessTokenExpiresAt: clock.now() + 60 * minutes };
      await tokens.update(await record(), tokenRecord({ ...theirs, refreshedAt: clock.now() }));
    };
    expect((await ask({ ...here, sleep })).token).toBe('theirs');
  });

  it('a token in its last 30 seconds is served when no other has come for 8 seconds', async () => {
    const { ask, clock } = await requestAt(lastSeconds, { lease });
    const before = clock.now();
    expect((await ask()).token).toBe('access-0');
    expect(clock.now() - before).toBeGreaterThanOrEqual(8 * seconds);
  });

  it('a token in the last tenth of a short life waits for its result', async () => {
    const accessTokenExpiresAt = startTime + 60 * seconds;
    const leased = { owner: 'other', until: startTime + 56 * seconds };
    const fields = { accessTokenExpiresAt, lease: leased };
    expect((await (await requestAt(54 * seconds, fields)).ask()).token).toBe('access-0');
    expect((await (await requestAt(54 * seconds + 1, fields)).ask()).token).toBe('access-1');
  });

  it('nobody waits longer than 9 seconds', async () => {
    const { ask, clock } = await requestAt(expired, { lease });
    const before = clock.now();
    expect((await appErrorOf(ask)).code).toBe('temporarily_unavailable');
    expect(clock.now() - before).toBeLessThan(9 * seconds);
  });
});
