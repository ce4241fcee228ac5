import { describe, expect, it } from 'vitest';
import {
  describeFault,
  signInEnded,
  TokenError,
  toAppError,
} from '../../../../src/lib/auth/tokens/token-error.ts';
import { classifyFault, type TokenFault } from '../../../../src/lib/auth/tokens/token-fault.ts';
import { AppError, ConflictError } from '../../../../src/lib/errors.ts';
import { tokenFault } from '../../../support/token-faults.ts';

const answered = (fields: Partial<TokenFault>) => toAppError(new TokenError(tokenFault(fields)));

describe('whoever needs tokens and gets none', () => {
  it('is asked to sign in for a fault of the user, with the reason', () => {
    const error = answered({ error: 'invalid_grant', errorCodes: [65001] });
    expect(error.code).toBe('reauth_required');
    expect(error.public).toMatchObject({ reason: 'consent_required', login: {} });
  });

  it('is told nothing of a fault of the operator', () => {
    const error = answered({ status: 401, error: 'invalid_client', errorCodes: [7000222] });
    expect(error.code).toBe('misconfigured');
    expect(error.public).toEqual({});
  });

  it('is told when to try again after a fault that passes', () => {
    const wait = (retryAfterSeconds?: number) => answered({ status: 429, retryAfterSeconds });
    expect(wait().code).toBe('temporarily_unavailable');
    expect(wait(17).public.retryAfterSeconds).toBe(17);
    expect(wait().public.retryAfterSeconds).toBe(5);
  });

  it('gets an error that keeps its cause', () => {
    const cause = new TokenError(tokenFault({ error: 'invalid_grant' }));
    expect(toAppError(cause).cause).toBe(cause);
  });
});

describe('a sign-in that has ended', () => {
  const detailFor = (code: number) => {
    const fault = classifyFault(tokenFault({ error: 'invalid_grant', errorCodes: [code] }));
    if (!('reason' in fault)) throw new Error(`${code} ends no sign-in`);
    const { code: problem, public: shown } = signInEnded(fault.reason);
    expect(problem).toBe('reauth_required');
    expect(shown).toMatchObject({ reason: fault.reason, login: {} });
    return shown.detail;
  };

  it.each([53003, 530032, 50097, 53000, 53001, 50057, 50034, 51004, 16000, 50105, 90094])(
    'by number %i sends the user to the administrator',
    (code) => {
      expect(detailFor(code)).toMatch(/your organization.*administrator/i);
    },
  );

  it.each([70000, 700082, 50173, 50133, 70043, 50076, 50058, 50158, 65001])(
    'by number %i is the user’s to mend',
    (code) => {
      expect(detailFor(code)).toMatch(/sign in again/i);
      expect(detailFor(code)).not.toMatch(/administrator/i);
    },
  );
});

describe('a log', () => {
  const traceId = '8d2b9f4e-0000-4000-8000-1234567890ab';

  it('holds class, reason and numbers of a fault, and nothing else', () => {
    const fault = tokenFault({ error: 'invalid_grant', errorCodes: [53003], traceId });
    expect(describeFault(new TokenError(fault, new Error('secret')))).toEqual({
      fault: 'administrator',
      reason: 'blocked_by_policy',
      status: 400,
      code: 'invalid_grant',
      errorCodes: [53003],
      traceId,
    });
  });

  it('holds no reason where a fault ends no sign-in', () => {
    const described = describeFault(new TokenError(tokenFault({ status: 503 })));
    expect(described).toMatchObject({ fault: 'transient', status: 503 });
    expect(described).not.toHaveProperty('reason');
  });

  it.each([
    [new AppError('temporarily_unavailable', { detail: 'text' }), 'temporarily_unavailable'],
    [new AppError('misconfigured', {}, new Error('secret')), 'misconfigured'],
  ])('holds the code of our own errors', (error, code) => {
    expect(describeFault(error)).toEqual({ code });
  });

  it('holds the name alone of any other error', () => {
    expect(describeFault(new ConflictError('secret'))).toEqual({ error: 'ConflictError' });
    expect(describeFault(new RangeError('secret'))).toEqual({ error: 'RangeError' });
    expect(describeFault('secret')).toEqual({ error: 'string' });
  });

  it('may hold the message of a token error', () => {
    const { message } = new TokenError(tokenFault({ error: 'invalid_grant' }));
    expect(message).toBe('token endpoint: 400 invalid_grant');
    expect(new TokenError(tokenFault({ status: undefined })).message).toBe(
      'token endpoint: no answer',
    );
  });
});
