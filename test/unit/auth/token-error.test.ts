import { describe, expect, it } from 'vitest';
import {
  classifyFault,
  type FaultClass,
  TokenError,
  type TokenFault,
  toAppError,
} from '../../../src/lib/auth/token-error.ts';
import { tokenFault } from '../../support/token-faults.ts';

describe('a fault of the token endpoint', () => {
  it.each<[Partial<TokenFault>, FaultClass]>([
    [{ error: 'invalid_grant' }, 'user'],
    [{ error: 'invalid_grant', errorCodes: [700082] }, 'user'],
    [{ error: 'interaction_required', suberror: 'basic_action' }, 'user'],
    [{ error: 'consent_required' }, 'user'],
    [{ error: 'login_required' }, 'user'],
    [{ status: 401, error: 'invalid_client' }, 'operator'],
    [{ error: 'unauthorized_client' }, 'operator'],
    [{ error: 'invalid_scope' }, 'operator'],
    [{ error: 'invalid_request' }, 'operator'],
    [{ error: 'unsupported_grant_type' }, 'operator'],
    [{ error: 'invalid_grant', errorCodes: [50196] }, 'transient'],
    [{ status: 429, error: 'invalid_grant' }, 'transient'],
    [{ status: 500, error: 'invalid_client' }, 'transient'],
    [{ status: 503 }, 'transient'],
    [{ status: undefined, error: 'invalid_grant' }, 'transient'],
    [{ status: 200 }, 'transient'],
    [{ status: 404 }, 'transient'],
    [{ status: 307 }, 'transient'],
    [{ error: 'something_new' }, 'transient'],
    [{ error: 'constructor' }, 'transient'],
  ])('%j is of class %s', (fault, expected) => {
    expect(classifyFault(tokenFault(fault))).toBe(expected);
  });

  it('of the user asks them to sign in, with the reason', () => {
    const error = toAppError(new TokenError(tokenFault({ error: 'consent_required' })));
    expect(error.code).toBe('reauth_required');
    expect(error.public).toMatchObject({ reason: 'consent_required', login: {} });
  });

  it('of the operator tells the user nothing', () => {
    const error = toAppError(new TokenError(tokenFault({ status: 401, error: 'invalid_client' })));
    expect(error.code).toBe('misconfigured');
    expect(error.public).toEqual({});
  });

  it('that passes tells when to try again', () => {
    const wait = (retryAfterSeconds?: number) =>
      toAppError(new TokenError(tokenFault({ status: 429, retryAfterSeconds }))).public;
    expect(wait(17).retryAfterSeconds).toBe(17);
    expect(wait().retryAfterSeconds).toBe(5);
  });
});
