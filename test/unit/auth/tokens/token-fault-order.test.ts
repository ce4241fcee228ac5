import { describe, expect, it } from 'vitest';
import {
  classifyFault,
  type FaultClass,
  type ReauthReason,
  refusesApp,
  type TokenFault,
} from '../../../../src/lib/auth/tokens/token-fault.ts';
import { tokenFault } from '../../../support/token-faults.ts';

type Case = [Partial<TokenFault>, FaultClass, reason?: ReauthReason];

function expectClass(fault: Case[0], expected: Case[1], reason?: Case[2]): void {
  expect(classifyFault(tokenFault(fault))).toEqual({ class: expected, ...(reason && { reason }) });
}

describe('the status comes first', () => {
  it.each<Case>([
    [{ status: undefined }, 'transient'],
    [{ status: undefined, error: 'invalid_grant' }, 'transient'],
    [{ status: 429 }, 'transient'],
    [{ status: 429, error: 'invalid_grant', errorCodes: [700082] }, 'transient'],
    [{ status: 500, error: 'invalid_client', errorCodes: [7000222] }, 'transient'],
    [{ status: 503, error: 'interaction_required', suberror: 'basic_action' }, 'transient'],
    [{ status: 599, error: 'invalid_grant' }, 'transient'],
  ])('%j is %s', expectClass);
});

describe('then the error', () => {
  it.each<Case>([
    [{ error: 'invalid_grant' }, 'user', 'invalid_grant'],
    [{ status: 200, error: 'invalid_grant' }, 'user', 'invalid_grant'],
    [{ status: 401, error: 'invalid_grant' }, 'user', 'invalid_grant'],
    [{ error: 'interaction_required' }, 'user', 'interaction_required'],
    [{ error: 'login_required' }, 'user', 'login_required'],
    [{ error: 'consent_required' }, 'user', 'consent_required'],
    [{ error: 'access_denied' }, 'user', 'login_required'],
    [{ error: 'authorization_declined' }, 'user', 'login_required'],
    [{ error: 'bad_verification_code' }, 'user', 'login_required'],
    [{ error: 'expired_token' }, 'user', 'login_required'],
    [{ status: 401, error: 'invalid_client' }, 'operator'],
    [{ error: 'unauthorized_client' }, 'operator'],
    [{ error: 'invalid_scope' }, 'operator'],
    [{ error: 'invalid_resource' }, 'operator'],
    [{ error: 'unsupported_grant_type' }, 'operator'],
    [{ error: 'invalid_request' }, 'operator'],
    [{ error: 'temporarily_unavailable' }, 'transient'],
    [{ error: 'something_new' }, 'transient'],
    [{ status: 200 }, 'transient'],
    [{ status: 307 }, 'transient'],
    [{ status: 404 }, 'transient'],
  ])('%j is %s %s', expectClass);
});

describe('the suberror refines the error', () => {
  it.each<[string, ReauthReason]>([
    ['bad_token', 'invalid_grant'],
    ['basic_action', 'interaction_required'],
    ['additional_action', 'interaction_required'],
    ['message_only', 'interaction_required'],
    ['user_password_expired', 'password_changed'],
    ['consent_required', 'consent_required'],
    ['something_new', 'invalid_grant'],
    ['constructor', 'invalid_grant'],
  ])('%s is %s', (suberror, reason) => {
    expectClass({ error: 'invalid_grant', suberror }, 'user', reason);
  });

  it.each(['bad_token', 'basic_action', 'additional_action', 'message_only'])(
    '%s ends a sign-in with an error that nobody knows',
    (suberror) => {
      const { class: faultClass } = classifyFault(tokenFault({ error: 'something_new', suberror }));
      expect(faultClass).toBe('user');
    },
  );
});

describe('an error of the operator’s', () => {
  it.each([
    'invalid_client',
    'unauthorized_client',
    'invalid_scope',
    'invalid_resource',
    'unsupported_grant_type',
    'invalid_request',
  ])('%s wins over any suberror, and over a number of the user’s', (error) => {
    for (const suberror of ['bad_token', 'basic_action', 'consent_required', 'something_new']) {
      expectClass({ error, suberror }, 'operator');
      expectClass({ error, suberror, errorCodes: [700082] }, 'operator');
    }
  });
});

describe('numbers come last', () => {
  it.each<Case>([
    [{ error: 'invalid_grant', errorCodes: [50196] }, 'transient'],
    [{ error: 'invalid_grant', errorCodes: [7000222] }, 'operator'],
    [{ error: 'invalid_client', errorCodes: [7000222, 50196] }, 'transient'],
    [{ error: 'invalid_grant', errorCodes: [9002313, 7000222] }, 'operator'],
    [{ error: 'invalid_grant', errorCodes: [9002313, 70043] }, 'user', 'sign_in_frequency'],
    [{ error: 'invalid_grant', errorCodes: [4711, 700082] }, 'user', 'refresh_token_expired'],
    [{ error: 'invalid_grant', errorCodes: [4711] }, 'user', 'invalid_grant'],
    [{ suberror: 'basic_action', errorCodes: [53003] }, 'administrator', 'blocked_by_policy'],
  ])('%j is %s %s', expectClass);
});

describe('words that every object knows', () => {
  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is no error', (word) => {
    expectClass({ error: word }, 'transient', undefined);
    expectClass({ suberror: word }, 'transient', undefined);
    expectClass({ error: word, suberror: word, errorCodes: [700082] }, 'transient', undefined);
  });
});

describe('the app itself is refused', () => {
  it.each<[string | undefined, boolean]>([
    ['invalid_client', true],
    ['unauthorized_client', true],
    ['invalid_scope', false],
    ['invalid_request', false],
    ['invalid_grant', false],
    [undefined, false],
  ])('by %s: %s', (error, refused) => {
    expect(refusesApp(tokenFault({ error }))).toBe(refused);
  });
});
