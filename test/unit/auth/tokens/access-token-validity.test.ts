import { describe, expect, it } from 'vitest';
import { expired, requestAt } from '../../../support/access-token-requests.ts';
import { hours, minutes, seconds, startTime } from '../../../support/clock.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { tokenRecord } from '../../../support/token-records.ts';

const halfAnHour = { minValidityMs: 30 * minutes };
const anHour = { minValidityMs: 60 * minutes };
const ages = { minValidityMs: 600 * minutes };

describe('an access token for some time', () => {
  it('is the stored one while that is good for as long', async () => {
    const { ask, here, tokenClient } = await requestAt(30 * minutes);
    expect((await ask(here, halfAnHour)).token).toBe('access-0');
    expect(tokenClient.refreshes).toBe(0);
  });

  it('is a new one if less is left', async () => {
    const { ask, here, record } = await requestAt(30 * minutes + 1);
    expect(await ask(here, halfAnHour)).toEqual({
      token: 'access-1',
      expiresAt: startTime + 90 * minutes + 1,
      scopes: ['User.Read'],
      isNew: true,
    });
    expect((await record()).refreshedBy).toBe('request');
  });

  it('is no reason to refresh for callers who need less', async () => {
    const { ask, here, tokenClient } = await requestAt(40 * minutes);
    expect((await ask(here, { minValidityMs: 20 * minutes })).token).toBe('access-0');
    expect((await ask()).token).toBe('access-0');
    expect(tokenClient.refreshes).toBe(0);
  });

  it('is refreshed once for many callers at once', async () => {
    const { ask, here, tokenClient } = await requestAt(31 * minutes);
    const callers = await Promise.all(Array.from({ length: 20 }, () => ask(here, halfAnHour)));
    expect(new Set(callers.map(({ token }) => token))).toEqual(new Set(['access-1']));
    expect(tokenClient.refreshes).toBe(1);
  });

  it.each([expired, 59 * minutes])(
    'is refreshed once for many who need it for other times, or elsewhere, at %d',
    async (age) => {
      const { ask, here, instance, tokenClient } = await requestAt(age);
      const needs = [halfAnHour, anHour, ages];
      const callers = needs.flatMap((need) => [ask(here, need), ask(instance(), need)]);
      const tokens = (await Promise.all(callers)).map(({ token }) => token);
      expect(new Set(tokens)).toEqual(new Set(['access-1']));
      expect(tokenClient.refreshes).toBe(1);
    },
  );
});

describe('an access token for longer than any lives', () => {
  it('is the stored one, if that is less than a minute old', async () => {
    const { ask, here, tokenClient } = await requestAt(1 * minutes - 1);
    expect((await ask(here, ages)).token).toBe('access-0');
    expect(tokenClient.refreshes).toBe(0);
  });

  it('is a new one every minute, and no sooner', async () => {
    const { ask, clock, here, tokenClient } = await requestAt(1 * minutes);
    expect((await ask(here, ages)).token).toBe('access-1');
    expect((await ask(here, ages)).token).toBe('access-1');
    clock.advance(1 * minutes - 1);
    expect((await ask(here, ages)).token).toBe('access-1');
    expect(tokenClient.refreshes).toBe(1);
    clock.advance(1);
    expect((await ask(here, ages)).token).toBe('access-2');
  });

  it('is a new one every minute for all instances together', async () => {
    const { ask, clock, instance, tokenClient } = await requestAt(1 * minutes);
    const instances = [instance(), instance(), instance()];
    for (let passed = 0; passed < 6; passed++) {
      for (const on of instances) await ask(on, ages);
      clock.advance(10 * seconds);
    }
    expect(tokenClient.refreshes).toBe(1);
  });
});

it('is a new one if a clock ahead of ours wrote when the last one came', async () => {
  const { ask, here, tokenClient } = await requestAt(40 * minutes, {
    refreshedAt: startTime + 3 * hours,
  });
  expect((await ask(here, halfAnHour)).token).toBe('access-1');
  expect(tokenClient.refreshes).toBe(1);
});

describe('an access token that can’t be had for long enough', () => {
  it('is the one that is there, while it is valid', async () => {
    const { ask, here, record, tokenClient } = await requestAt(40 * minutes);
    tokenClient.atEndpoint = refuse({ status: 503 });
    expect((await ask(here, halfAnHour)).token).toBe('access-0');
    expect((await record()).state).toBe('active');
  });

  it('is waited for, however long the token endpoint takes', async () => {
    const { ask, here } = await requestAt(40 * minutes);
    const noPatience = { ...here, timeout: async () => {} };
    expect((await ask(noPatience, halfAnHour)).token).toBe('access-1');
  });

  it('is none if the sign-in has ended', async () => {
    const { ask, here, record, tokenClient } = await requestAt(40 * minutes);
    tokenClient.atEndpoint = refuse({ error: 'invalid_grant', errorCodes: [50173] });
    expect((await appErrorOf(() => ask(here, halfAnHour))).code).toBe('reauth_required');
    expect((await record()).state).toBe('reauth_required');
  });
});

describe('the scopes of an access token', () => {
  it('are those that were granted with it', async () => {
    const { ask } = await requestAt(0, { scopes: ['User.Read', 'Mail.Read'] });
    expect((await ask()).scopes).toEqual(['User.Read', 'Mail.Read']);
  });

  it('are another instance’s, if the token is', async () => {
    const until = startTime + expired + 30 * seconds;
    const refreshing = await requestAt(expired, { lease: { owner: 'other', until } });
    const { ask, clock, here, record, tokens, user } = refreshing;
    const sleep = async () => {
      const accessTokenExpiresAt = clock.now() + 60 * minutes;
      const scopes = ['User.Read', 'Files.Read'];
      const theirs = { user, token: 'theirs', accessTokenExpiresAt, refreshedAt: clock.now() };
      await tokens.update(await record(), tokenRecord({ ...theirs, scopes }));
    };
    expect(await ask({ ...here, sleep })).toMatchObject({
      token: 'theirs',
      scopes: ['User.Read', 'Files.Read'],
    });
  });
});
