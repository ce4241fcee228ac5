import { describe, expect, it } from 'vitest';
import type { GraphAnswer } from '../../../../src/lib/auth/graph/ports.ts';
import { minIntervalMs } from '../../../../src/lib/auth/refresh/schedule.ts';
import {
  ClaimsChallenge,
  createUnmetChallenges,
} from '../../../../src/lib/auth/tokens/claims-challenge.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { minutes, startTime } from '../../../support/clock.ts';
import { createGraphCalls, jsonAnswer } from '../../../support/graph-calls.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

/** base64 of it has a `+` and a `/`, and padding. */
const claims = '{"access_token":{"nbf":{"essential":true,"value":"1>>?1~~~"}}}';
const answer = jsonAnswer({ value: [] });

/** Graph that challenges some tokens. */
function challenging(...challenged: string[]): (token: string) => GraphAnswer {
  return (token) => {
    if (challenged.includes(token)) throw new ClaimsChallenge(claims);
    return answer;
  };
}

function challengesAll(): GraphAnswer {
  throw new ClaimsChallenge(claims);
}

describe('a claims challenge', () => {
  it('is met once with a token for the claims, and nobody notices', async () => {
    const { call, calledWith, tokenClient } = await createGraphCalls(challenging('access-0'));
    expect(await call()).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'access-1']);
    expect(tokenClient.claims).toEqual([claims]);
  });

  it('is met with one token call for many callers at once', async () => {
    const { call, tokenClient } = await createGraphCalls(challenging('access-0'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => call()));
    expect(answers).toEqual(Array(10).fill(answer));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('is met also by a token that came meanwhile', async () => {
    const refreshed = await createGraphCalls(challenging('access-0'));
    const { call, calledWith, record, tokenClient, tokens, user } = refreshed;
    const lease = { owner: 'other', until: startTime + 1 * minutes };
    await tokens.changeStatus(await record(), { lease });
    const asking = call();
    await tokens.update(
      await record(),
      tokenRecord({ user, token: 'theirs', refreshedAt: startTime + 1 }),
    );
    expect(await asking).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'theirs']);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('that a token which came meanwhile does not meet is met with the claims', async () => {
    const refreshed = await createGraphCalls(challenging('access-0', 'theirs'));
    const { call, calledWith, record, tokenClient, tokens, user } = refreshed;
    const lease = { owner: 'other', until: startTime + 1 * minutes };
    await tokens.changeStatus(await record(), { lease });
    const asking = call();
    const theirs = { user, token: 'theirs', refreshedAt: startTime - 1 * minutes };
    await tokens.update(await record(), tokenRecord(theirs));
    expect(await asking).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'theirs', 'access-1']);
    expect(tokenClient.claims).toEqual([claims]);
  });

  it('that comes again is for the user to meet, with the claims', async () => {
    const { call, calledWith } = await createGraphCalls(challengesAll);
    const error = await appErrorOf(call);
    expect(error.code).toBe('reauth_required');
    expect(error.public.reason).toBe('claims_challenge');
    expect(error.public.login).toEqual({ claims: Buffer.from(claims).toString('base64url') });
    expect(error.public.login?.claims).toMatch(/^[\w-]+$/);
    expect(calledWith).toEqual(['access-0', 'access-1']);
  });

  it('is no reason to hide what Graph says to the better token', async () => {
    const throttled = new AppError('throttled');
    const { call, tokenClient } = await createGraphCalls((token) => {
      if (token === 'access-0') throw new ClaimsChallenge(claims);
      throw throttled;
    });
    expect(await appErrorOf(call)).toBe(throttled);
    expect(tokenClient.refreshes).toBe(1);
  });
});

describe('a claims challenge that can’t be met', () => {
  it('costs no more token calls', async () => {
    const { call, tokenClient } = await createGraphCalls(challengesAll);
    for (let time = 0; time < 3; time++) {
      expect((await appErrorOf(call)).public.login?.claims).toBeDefined();
    }
    expect(tokenClient.refreshes).toBe(1);
  });

  it('costs no more token calls if the token endpoint refused the claims', async () => {
    const { call, tokenClient } = await createGraphCalls(challengesAll);
    tokenClient.atEndpoint = refuse({ error: 'invalid_grant', errorCodes: [50076] });
    const errors = [await appErrorOf(call), await appErrorOf(call)];
    for (const error of errors) {
      expect(error.code).toBe('reauth_required');
      expect(error.public.login).toEqual({ claims: Buffer.from(claims).toString('base64url') });
    }
    expect(tokenClient.refreshes).toBe(1);
  });

  it.each([
    { error: 'invalid_grant', errorCodes: [50076] },
    { error: 'interaction_required', errorCodes: [53003] },
    { error: 'invalid_grant' },
  ])('does not end the sign-in: %j', async (fault) => {
    const { call, record, tokenClient } = await createGraphCalls(challengesAll);
    const { version: _before, ...before } = await record();
    tokenClient.atEndpoint = refuse(fault);
    await appErrorOf(call);
    const { version: _after, ...after } = await record();
    expect(after).toEqual({ ...before, state: 'active', lease: undefined });
  });

  it('is tried again with new tokens', async () => {
    const refreshing = await createGraphCalls(challenging('access-0', 'access-1', 'access-9'));
    const { call, calledWith, tokenClient, tokens, user } = refreshing;
    await appErrorOf(call);
    await appErrorOf(call);
    expect(tokenClient.refreshes).toBe(1);
    await tokens.signIn(tokenRecord({ user, token: 'access-9' }), newSession());
    expect(await call()).toBe(answer);
    expect(calledWith.slice(-2)).toEqual(['access-9', 'access-2']);
  });

  it('is tried again later if the token endpoint had no time', async () => {
    const { call, clock, tokenClient } = await createGraphCalls(challenging('access-0'));
    tokenClient.atEndpoint = refuse({ status: 503 });
    const error = await appErrorOf(call);
    expect(error.code).toBe('temporarily_unavailable');
    expect(error.public.login).toBeUndefined();
    tokenClient.atEndpoint = () => undefined;
    clock.advance(10 * minIntervalMs);
    expect(await call()).toBe(answer);
  });
});

describe('unmet challenges', () => {
  const [ada, bob] = [newUser(), newUser()];

  it('are kept by user, flow and token', () => {
    const unmet = createUnmetChallenges();
    const challenged = { user: ada, flow: 'code', claims } as const;
    unmet.add(challenged, 'token-1');
    expect(unmet.has(challenged, 'token-1')).toBe(true);
    expect(unmet.has(challenged, 'token-2')).toBe(false);
    expect(unmet.has({ ...challenged, flow: 'device' }, 'token-1')).toBe(false);
    expect(unmet.has({ ...challenged, user: bob }, 'token-1')).toBe(false);
  });

  it('are kept by the claims, whatever the time in them', () => {
    const unmet = createUnmetChallenges();
    const challenged = { user: ada, flow: 'code' } as const;
    unmet.add({ ...challenged, claims }, 'token-1');
    const later = claims.replace('1>', '2>');
    expect(unmet.has({ ...challenged, claims: later }, 'token-1')).toBe(true);
    const context = (value: string) => JSON.stringify({ access_token: { acrs: { value } } });
    unmet.add({ ...challenged, claims: context('c1') }, 'token-1');
    expect(unmet.has({ ...challenged, claims: context('c1') }, 'token-1')).toBe(true);
    expect(unmet.has({ ...challenged, claims: context('c2') }, 'token-1')).toBe(false);
  });

  it('are so many at most', () => {
    const unmet = createUnmetChallenges(2);
    const users = [ada, bob, newUser()];
    const challenged = users.map((user) => ({ user, flow: 'code', claims }) as const);
    for (const each of challenged) unmet.add(each, 'token-1');
    expect(challenged.map((each) => unmet.has(each, 'token-1'))).toEqual([false, true, true]);
  });
});
