import { describe, expect, it } from 'vitest';
import type { GraphAnswer } from '../../../../src/lib/auth/graph/ports.ts';
import { createRejectionRefreshes } from '../../../../src/lib/auth/graph/rejected-token.ts';
import { ClaimsChallenge } from '../../../../src/lib/auth/tokens/claims-challenge.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { createManualClock, minutes, seconds, startTime } from '../../../support/clock.ts';
import { createGraphCalls, jsonAnswer } from '../../../support/graph-calls.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';
import { newSession, newUser, tokenRecord } from '../../../support/token-records.ts';

const answer = jsonAnswer({ value: [] });

function reject(): never {
  throw new AppError('reauth_required', { reason: 'token_rejected', login: {} });
}

/** Graph that rejects some tokens, and doesn't say why. */
function rejecting(...rejected: string[]): (token: string) => GraphAnswer {
  return (token) => (rejected.includes(token) ? reject() : answer);
}

describe('a token that Graph rejects', () => {
  it('is refreshed once, and the call is repeated', async () => {
    const { call, calledWith, tokenClient } = await createGraphCalls(rejecting('access-0'));
    expect(await call()).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'access-1']);
    expect(tokenClient.claims).toEqual([undefined]);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'is refreshed for a %s too, which is sent again with its body',
    async (method) => {
      const sent: unknown[] = [];
      const { call } = await createGraphCalls((token, request) => {
        sent.push([request.method, request.body?.toString()]);
        return rejecting('access-0')(token);
      });
      const body = Buffer.from('{"subject":"Hello"}');
      expect(await call({}, { method, body })).toBe(answer);
      expect(sent).toEqual([
        [method, '{"subject":"Hello"}'],
        [method, '{"subject":"Hello"}'],
      ]);
    },
  );

  it('is refreshed once for many callers at once', async () => {
    const { call, tokenClient } = await createGraphCalls(rejecting('access-0'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => call()));
    expect(answers).toEqual(Array(10).fill(answer));
    expect(tokenClient.refreshes).toBe(1);
  });

  it('causes no refresh if another token is there by now', async () => {
    const here = await createGraphCalls((token) => {
      if (token !== 'access-0') return answer;
      // Another instance refreshes while Graph answers.
      here.tokens.signIn(tokenRecord({ user: here.user, token: 'theirs' }), newSession());
      return reject();
    });
    expect(await here.call()).toBe(answer);
    expect(here.calledWith).toEqual(['access-0', 'theirs']);
    expect(here.tokenClient.refreshes).toBe(0);
  });

  it('is replaced by what another instance is getting', async () => {
    const here = await createGraphCalls(rejecting('access-0'));
    const { call, calledWith, record, tokenClient, tokens, user } = here;
    const lease = { owner: 'other', until: startTime + 30 * seconds };
    await tokens.changeStatus(await record(), { lease });
    const asking = call();
    await tokens.update(await record(), tokenRecord({ user, token: 'theirs' }));
    expect(await asking).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'theirs']);
    expect(tokenClient.refreshes).toBe(0);
  });

  it('asks to sign in if Graph rejects the new one too', async () => {
    const { call, calledWith, record } = await createGraphCalls(() => reject());
    const error = await appErrorOf(call);
    expect(error.code).toBe('reauth_required');
    expect(error.public).toMatchObject({ reason: 'token_rejected', login: {} });
    expect(calledWith).toEqual(['access-0', 'access-1']);
    // The identity provider has not ended the sign-in: the tokens go on being refreshed.
    expect((await record()).state).toBe('active');
  });

  it('is no reason to hide what Graph says to the new one', async () => {
    const throttled = new AppError('throttled');
    const { call } = await createGraphCalls((token) => {
      if (token === 'access-0') reject();
      throw throttled;
    });
    expect(await appErrorOf(call)).toBe(throttled);
  });

  it('may lead to a claims challenge, which is met', async () => {
    const { call, calledWith, tokenClient } = await createGraphCalls((token) => {
      if (token === 'access-0') reject();
      if (token === 'access-1') throw new ClaimsChallenge('{"access_token":{}}');
      return answer;
    });
    expect(await call()).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'access-1', 'access-2']);
    expect(tokenClient.claims).toEqual([undefined, '{"access_token":{}}']);
  });

  it.each([
    [{ status: 503 }, 'temporarily_unavailable'],
    [{ status: undefined }, 'temporarily_unavailable'],
    [{ status: 401, error: 'invalid_client' }, 'misconfigured'],
  ])('is not the user’s matter if the refresh fails with %j', async (fault, code) => {
    const { call, tokenClient, record } = await createGraphCalls(() => reject());
    tokenClient.atEndpoint = refuse(fault);
    const error = await appErrorOf(call);
    expect([error.code, error.status, error.public.login]).toEqual([code, 503, undefined]);
    expect((await record()).state).toBe('active');
  });

  it('asks to sign in for the identity provider’s reason if that has ended the sign-in', async () => {
    const { call, tokenClient } = await createGraphCalls(() => reject());
    tokenClient.atEndpoint = refuse({ error: 'invalid_grant', errorCodes: [50173] });
    expect((await appErrorOf(call)).public.reason).toBe('session_revoked');
  });
});

describe('tokens that Graph rejects whatever is done', () => {
  it('cost one token call a minute, however often they are tried', async () => {
    const { call, clock, tokenClient } = await createGraphCalls(() => reject());
    const errors = [];
    for (let times = 0; times < 6; times++) {
      errors.push(await appErrorOf(call));
      clock.advance(10 * seconds);
    }
    expect(errors.map(({ public: { reason } }) => reason)).toEqual(Array(6).fill('token_rejected'));
    expect(tokenClient.refreshes).toBe(1);
    await appErrorOf(call);
    expect(tokenClient.refreshes).toBe(2);
  });

  it('cost no more if Graph rejects only every other call', async () => {
    let calls = 0;
    const { call, tokenClient } = await createGraphCalls(() => (calls++ % 2 ? answer : reject()));
    for (let times = 0; times < 6; times++) await call().catch(() => undefined);
    expect(tokenClient.refreshes).toBe(1);
  });

  it('are replaced by those of a new sign-in at once', async () => {
    const here = await createGraphCalls((token) => (token === 'access-9' ? answer : reject()));
    await appErrorOf(here.call);
    await here.tokens.signIn(tokenRecord({ user: here.user, token: 'access-9' }), newSession());
    expect(await here.call()).toBe(answer);
    expect(here.tokenClient.refreshes).toBe(1);
  });
});

describe('refreshes for rejected tokens', () => {
  const [ada, bob] = [newUser(), newUser()];

  it('are remembered for a minute, by user and flow', () => {
    const clock = createManualClock();
    const rejections = createRejectionRefreshes(clock.now);
    rejections.note(ada, 'code');
    clock.advance(1 * minutes - 1);
    expect(rejections.isRecent(ada, 'code')).toBe(true);
    expect(rejections.isRecent(ada, 'device')).toBe(false);
    expect(rejections.isRecent(bob, 'code')).toBe(false);
    clock.advance(1);
    expect(rejections.isRecent(ada, 'code')).toBe(false);
  });

  it('are so many at most, the oldest forgotten first', () => {
    const rejections = createRejectionRefreshes(createManualClock().now, 2);
    const users = [ada, bob, newUser()] as const;
    rejections.note(ada, 'code');
    rejections.note(bob, 'code');
    rejections.note(ada, 'code');
    rejections.note(users[2], 'code');
    expect(users.map((user) => rejections.isRecent(user, 'code'))).toEqual([true, false, true]);
  });
});
