import { describe, expect, it } from 'vitest';
import { assertSameUser, processIdToken } from '../../../../src/lib/auth/sign-in/id-token.ts';
import { userHash } from '../../../../src/lib/auth/user.ts';
import { startTime } from '../../../support/clock.ts';
import { clientId, idToken, issuerOf, objectId, tenantId } from '../../../support/id-tokens.ts';
import { appErrorOf } from '../../../support/thrown.ts';

const other = 'bbbbbbbb-2222-4333-8444-555555555555';
const now = startTime / 1000;
const expected = {
  clientId,
  nonce: 'nonce-1',
  allowedTenants: [tenantId],
  issuerOf,
  now: startTime,
};

describe('a good ID token', () => {
  it('tells who it is about', () => {
    expect(processIdToken(idToken(), expected)).toEqual({
      oid: objectId,
      tid: tenantId,
      name: 'Ada Lovelace',
      username: 'ada@example.com',
    });
  });

  it.each([
    ['has no name', { name: undefined, preferred_username: undefined }],
    ['has names of another type', { name: 7, preferred_username: ['x'] }],
    ['has empty names', { name: '', preferred_username: '' }],
  ])('that %s is of a user without names', (_name, claims) => {
    const identity = { oid: objectId, tid: tenantId, name: undefined, username: undefined };
    expect(processIdToken(idToken(claims), expected)).toEqual(identity);
  });

  it.each([
    ['names us alone in a list', { aud: [clientId] }],
    ['names us the authorized party', { azp: clientId }],
    ['expired within the clock skew', { exp: now - 299 }],
    ['comes from a clock ahead of ours', { iat: now + 299, nbf: now + 299 }],
    ['is dated 5 minutes back, as Entra does', { iat: now - 300, nbf: now - 300 }],
    ['is dated back by a clock behind ours', { iat: now - 599 }],
    ['has no nbf', { nbf: undefined }],
  ])('%s', (_name, claims) => {
    expect(processIdToken(idToken(claims), expected).oid).toBe(objectId);
  });
});

describe('an ID token with its ids in upper case', () => {
  const upper = (id: string) => id.toUpperCase();

  it('tells of the same user, and is issued to the same client by the same issuer', () => {
    const ids = { oid: upper(objectId), tid: upper(tenantId), aud: upper(clientId) };
    const token = idToken({ ...ids, azp: upper(clientId), iss: issuerOf(upper(tenantId)) });
    expect(processIdToken(token, expected)).toMatchObject({ oid: objectId, tid: tenantId });
  });

  it('is of the same user as the one before the refresh', () => {
    const user = userHash({ oid: objectId, tid: tenantId });
    const ids = { oid: upper(objectId), tid: upper(tenantId), aud: upper(clientId) };
    const refreshed = idToken({ ...ids, iss: issuerOf(upper(tenantId)) });
    assertSameUser(refreshed, { user, clientId, original: idToken() });
    assertSameUser(idToken(), { user, clientId, original: refreshed });
  });
});

describe('an ID token is refused', () => {
  it.each([
    ['of another issuer', { iss: 'https://evil.example/v2.0' }],
    ['of another tenant’s issuer', { iss: issuerOf(other) }],
    ['of an issuer that only begins like ours', { iss: `${issuerOf(tenantId)}/` }],
    ['without an issuer', { iss: undefined }],
    ['for another client', { aud: other }],
    ['for us and another client', { aud: [clientId, other] }],
    ['for nobody', { aud: [] }],
    ['without an audience', { aud: undefined }],
    ['by another authorized party', { azp: other }],
    ['that has expired', { exp: now - 300 }],
    ['without an expiry', { exp: undefined }],
    ['with an expiry in text', { exp: `${now + 3600}` }],
    ['issued in the future', { iat: now + 301 }],
    ['issued long ago', { iat: now - 601 }],
    ['without a subject', { sub: undefined }],
    ['without a time of issue', { iat: undefined }],
    ['that is not valid yet', { nbf: now + 301 }],
    ['with a validity in text', { nbf: 'later' }],
    ['with another nonce', { nonce: 'nonce-2' }],
    ['with an empty nonce', { nonce: '' }],
    ['without a nonce', { nonce: undefined }],
    ['with a list of nonces', { nonce: ['nonce-1'] }],
    ['without an oid', { oid: undefined }],
    ['with an empty oid', { oid: '' }],
    ['with an oid of another type', { oid: { id: objectId } }],
    ['without a tid', { tid: undefined }],
  ])('%s', async (_name, claims) => {
    const error = await appErrorOf(() => processIdToken(idToken(claims), expected));
    expect(error.code).toBe('bad_gateway');
  });

  it.each([
    ['none', { alg: 'none' }],
    ['no algorithm', {}],
    ['an empty algorithm', { alg: '' }],
  ])('signed by %s', async (_name, header) => {
    const error = await appErrorOf(() => processIdToken(idToken({}, header), expected));
    expect(error.code).toBe('bad_gateway');
  });

  it.each(['', 'x', 'a.b.c', 'e30.e30', `${idToken()}.more`, idToken().split('.')[1] ?? ''])(
    'that is garbage: %.20s',
    async (text) => {
      const error = await appErrorOf(() => processIdToken(text, expected));
      expect(error.code).toBe('bad_gateway');
    },
  );

  it('of a user of a tenant that is not allowed, with words for the user', async () => {
    const token = idToken({ tid: other, iss: issuerOf(other) });
    const error = await appErrorOf(() => processIdToken(token, expected));
    expect(error.code).toBe('forbidden');
    expect(error.public.reason).toBe('tenant_not_allowed');
  });

  it('and nothing of it is told', async () => {
    const error = await appErrorOf(() => processIdToken(idToken({ nonce: 'x' }), expected));
    expect(JSON.stringify(error.public)).not.toContain(objectId);
  });
});

describe('with several allowed tenants', () => {
  const several = { ...expected, allowedTenants: [tenantId, other] };

  it('the issuer is that of the token’s own tenant', async () => {
    const token = idToken({ tid: other, iss: issuerOf(other) });
    expect(processIdToken(token, several).tid).toBe(other);
    const mixed = idToken({ tid: other, iss: issuerOf(tenantId) });
    expect((await appErrorOf(() => processIdToken(mixed, several))).code).toBe('bad_gateway');
  });
});
