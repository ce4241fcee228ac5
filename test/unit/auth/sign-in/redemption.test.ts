import { describe, expect, it } from 'vitest';
import type { AuthorizationResponse } from '../../../../src/lib/auth/sign-in/authorization-response.ts';
import { TokenError } from '../../../../src/lib/auth/tokens/token-error.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { AppError } from '../../../../src/lib/errors.ts';
import { idToken, issuerOf, objectId, tenantId } from '../../../support/id-tokens.ts';
import { noLimits } from '../../../support/no-limits.ts';
import { createSignIn, transaction } from '../../../support/sign-in.ts';
import { appErrorOf } from '../../../support/thrown.ts';
import { refuse } from '../../../support/token-faults.ts';

const user = userHash({ oid: objectId, tid: tenantId });

describe('a redemption', () => {
  it('counts for the address that it comes from, and takes a share of the tenant’s budget', async () => {
    const signIn = createSignIn();
    await signIn.callback();
    expect(signIn.counted).toEqual(['192.0.2.1']);
    expect(signIn.spent).toEqual([tenantId]);
  });

  it.each<[string, Partial<AuthorizationResponse>]>([
    ['without a state', { state: undefined }],
    ['with another state', { state: 'state-2' }],
    ['with an error', { error: 'access_denied' }],
    ['without a code', { code: undefined }],
    ['from another issuer', { iss: 'https://evil.example/v2.0' }],
  ])('that does not happen, %s, does not count', async (_name, response) => {
    const signIn = createSignIn();
    await appErrorOf(() => signIn.callback(response));
    await appErrorOf(() => signIn.withoutCookie());
    expect([signIn.counted, signIn.spent]).toEqual([[], []]);
  });

  it('that does not happen because the state was used before does not count', async () => {
    const signIn = createSignIn();
    await signIn.callback();
    await appErrorOf(() => signIn.callback());
    expect(signIn.counted).toHaveLength(1);
    expect(signIn.spent).toHaveLength(1);
  });

  it('that does not happen because the store is away does not count', async () => {
    const signIn = createSignIn();
    signIn.core.states.consume = () => Promise.reject(new AppError('temporarily_unavailable'));
    await appErrorOf(() => signIn.callback());
    expect([signIn.counted, signIn.spent]).toEqual([[], []]);
  });

  it('that fails counts', async () => {
    const signIn = createSignIn();
    signIn.tokenClient.atEndpoint = refuse({ error: 'invalid_grant' });
    await appErrorOf(() => signIn.callback());
    expect([signIn.counted.length, signIn.spent]).toEqual([1, [tenantId]]);
  });

  it('of one of several tenants’ users takes a share of that tenant’s budget', async () => {
    const signIn = createSignIn();
    signIn.core.allowedTenants = [tenantId, 'tenant-2'];
    await signIn.callback();
    expect(signIn.spent).toEqual([tenantId]);
  });
});

describe('one redemption too many', () => {
  it('is throttled without a token call, and says when to sign in again', async () => {
    const signIn = createSignIn({ maxRedemptions: 0 });
    const error = await appErrorOf(() => signIn.callback());
    expect([error.code, error.status]).toEqual(['throttled', 429]);
    expect(error.public).toMatchObject({
      ...{ retryAfterSeconds: 601, login: {} },
      detail: expect.stringContaining('in 11 minutes'),
    });
    expect([signIn.tokenClient.redeemed, signIn.spent]).toEqual([[], []]);
  });

  it('uses nothing up: the same callback succeeds later', async () => {
    const signIn = createSignIn({ maxRedemptions: 0 });
    await appErrorOf(() => signIn.callback());
    signIn.core.limits = noLimits;
    expect(await signIn.callback()).toMatchObject({ user });
  });
});

describe('a failed redemption', () => {
  it.each([
    [{ status: 400, error: 'invalid_grant' }, 'invalid_request'],
    [{ status: 400, error: 'invalid_grant', errorCodes: [54005] }, 'invalid_request'],
    [{ status: 400, error: 'interaction_required' }, 'invalid_request'],
    [{ status: 400, error: 'invalid_grant', errorCodes: [53003] }, 'forbidden'],
    [{ status: 400, error: 'interaction_required', errorCodes: [50105] }, 'forbidden'],
    [{ status: 401, error: 'invalid_client' }, 'misconfigured'],
    [{ status: 400, error: 'unauthorized_client' }, 'misconfigured'],
    [{ status: 400, error: 'invalid_grant', errorCodes: [7000222] }, 'misconfigured'],
    [{ status: 400, error: 'invalid_grant', errorCodes: [50196] }, 'temporarily_unavailable'],
    [{ status: 429 }, 'temporarily_unavailable'],
    [{ status: 503 }, 'temporarily_unavailable'],
    [{ status: undefined }, 'temporarily_unavailable'],
  ])('%j is %s, and opens no session', async (fault, code) => {
    const signIn = createSignIn();
    signIn.tokenClient.atEndpoint = refuse(fault);
    expect((await appErrorOf(() => signIn.callback())).code).toBe(code);
    expect(signIn.sessions.count()).toBe(0);
    expect(signIn.tokens.rowsOf(user)).toEqual([]);
  });

  it('that the administrator can mend says so', async () => {
    const signIn = createSignIn();
    signIn.tokenClient.atEndpoint = refuse({ error: 'invalid_grant', errorCodes: [53003] });
    const error = await appErrorOf(() => signIn.callback());
    expect(error.status).toBe(403);
    expect(error.public.detail).toContain('organization');
    expect(error.cause).toBeInstanceOf(TokenError);
  });

  it('of another kind goes through as it is', async () => {
    const signIn = createSignIn();
    signIn.tokenClient.atEndpoint = () => {
      throw new RangeError('a bug');
    };
    await expect(signIn.callback()).rejects.toBeInstanceOf(RangeError);
  });
});

describe('an ID token that is not ours', () => {
  it.each([
    ['for another sign-in', { nonce: 'nonce-2' }, 'bad_gateway'],
    ['of another tenant', { tid: 'other', iss: issuerOf('other') }, 'forbidden'],
  ])('%s opens no session', async (_name, claims, code) => {
    const signIn = createSignIn();
    signIn.tokenClient.idToken = idToken(claims);
    expect((await appErrorOf(() => signIn.callback())).code).toBe(code);
    expect(signIn.sessions.count()).toBe(0);
    expect(signIn.tokens.rowsOf(user)).toEqual([]);
  });
});

describe('the kept transaction', () => {
  it('gives the verifier and scopes of the redemption', async () => {
    const signIn = createSignIn();
    const asked: unknown[] = [];
    const { redeem } = signIn.tokenClient;
    signIn.tokenClient.redeem = (request) => {
      asked.push(request);
      return redeem(request);
    };
    await signIn.callback({}, { ...transaction, claims: '{}' });
    expect(asked).toEqual([
      {
        code: 'code-1',
        codeVerifier: 'verifier-1',
        nonce: 'nonce-1',
        scopes: ['User.Read'],
        claims: '{}',
      },
    ]);
  });
});
