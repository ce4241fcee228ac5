import { describe, expect, it } from 'vitest';
import { ClaimsChallenge } from '../../../../src/lib/auth/tokens/claims-challenge.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { createGraphCalls, jsonAnswer } from '../../../support/graph-calls.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { newSession, tokenRecord } from '../../../support/token-records.ts';

const answer = jsonAnswer({ value: [] });
const mail = { scopes: ['Mail.Read'] };

/** Graph as it answers a token without Mail.Read. */
function withoutMail(...tokens: string[]) {
  return (token: string) => {
    if (tokens.includes(token)) throw new AppError('forbidden');
    return answer;
  };
}

/** Calls once, so that the tokens are remembered. */
async function calledOnce(...args: Parameters<typeof createGraphCalls>) {
  const calls = await createGraphCalls(...args);
  await calls.call();
  const { calledWith, tokens, user } = calls;
  calledWith.length = 0;
  /** With another instance: this one is told nothing of it. */
  const signInElsewhere = (fields: { token: string; scopes?: string[] }) =>
    tokens.signIn(tokenRecord({ user, ...fields }), newSession());
  return { ...calls, signInElsewhere };
}

describe('a call with remembered tokens', () => {
  it('uses them though others are there by now', async () => {
    const { call, calledWith, signInElsewhere } = await calledOnce(() => answer);
    await signInElsewhere({ token: 'access-9' });
    await call();
    expect(calledWith).toEqual(['access-0']);
  });

  it('finds what was consented to with another instance', async () => {
    let isGranted = true;
    const { call, calledWith, signInElsewhere } = await calledOnce(
      (token) => (isGranted ? answer : withoutMail('access-0')(token)),
      { allowedScopes: ['User.Read', 'Mail.Read'] },
    );
    isGranted = false;
    await signInElsewhere({ token: 'access-9', scopes: ['User.Read', 'Mail.Read'] });
    expect(await call(mail)).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'access-9']);
  });

  it('finds who has signed in again with another instance, if Graph takes the token no more', async () => {
    let isRevoked = false;
    const { call, calledWith, signInElsewhere } = await calledOnce((token) => {
      if (isRevoked && token === 'access-0') throw new AppError('reauth_required');
      return answer;
    });
    isRevoked = true;
    expect(await appErrorOf(call)).toMatchObject({ code: 'reauth_required' });
    await signInElsewhere({ token: 'access-9' });
    expect(await call()).toBe(answer);
    expect(calledWith).toEqual(['access-0', 'access-0', 'access-9']);
  });

  it('asks once more, whatever that is refused for', async () => {
    let isLess = false;
    const { call, calledWith, signInElsewhere } = await calledOnce(
      (token) => {
        if (isLess && token === 'access-0') throw new ClaimsChallenge('{"access_token":{}}');
        return isLess ? withoutMail('access-9')(token) : answer;
      },
      { allowedScopes: ['User.Read', 'Mail.Read'] },
    );
    isLess = true;
    await signInElsewhere({ token: 'access-9' });
    expect(await appErrorOf(() => call(mail))).toMatchObject({ code: 'consent_required' });
    expect(calledWith).toEqual(['access-0', 'access-9']);
  });

  it('says what is missing if nobody has consented to it', async () => {
    let isFirst = true;
    const { call, calledWith } = await calledOnce(
      (token) => {
        if (!isFirst) return withoutMail('access-0')(token);
        isFirst = false;
        return answer;
      },
      { allowedScopes: ['User.Read', 'Mail.Read'] },
    );
    expect(await appErrorOf(() => call(mail))).toMatchObject({ code: 'consent_required' });
    expect(calledWith).toEqual(['access-0']);
  });

  it('finds that a challenge was met with another instance', async () => {
    const challenged = new Set<string>();
    const { call, calledWith, tokenClient, signInElsewhere } = await calledOnce((token) => {
      if (challenged.has(token)) throw new ClaimsChallenge('{"access_token":{}}');
      return answer;
    });
    for (const token of ['access-0', 'access-1']) challenged.add(token);
    expect(await appErrorOf(call)).toMatchObject({ code: 'reauth_required' });
    expect(await appErrorOf(call)).toMatchObject({ code: 'reauth_required' });
    await signInElsewhere({ token: 'access-9' });
    expect(await call()).toBe(answer);
    expect(calledWith.at(-1)).toBe('access-9');
    expect(tokenClient.refreshes).toBe(1);
  });
});
