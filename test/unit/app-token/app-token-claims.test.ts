import { describe, expect, it } from 'vitest';
import {
  backEndId,
  createSigningKey,
  createVerifying,
  earlierIssuerOf,
} from '../../support/app-tokens.ts';
import { startTime } from '../../support/clock.ts';
import { clientId, issuerOf, tenantId } from '../../support/id-tokens.ts';
import { appErrorOf } from '../../support/thrown.ts';

const key = await createSigningKey('key-1');
const otherTenant = '22222222-2222-4333-8444-555555555555';
const at = startTime / 1000;

/** What a token with other claims is. */
async function verified(changes: Record<string, unknown> = {}) {
  const { verify } = createVerifying([key.jwk]);
  return verify(await key.sign(changes));
}

const backEnd = { clientId: backEndId, tenantId, roles: ['Tokens.Read'] };

describe('a back end’s access token', () => {
  it('says who it is, and what its roles are', async () => {
    expect(await verified()).toEqual(backEnd);
  });

  it.each<[string, Record<string, unknown>]>([
    ['its audience is our URI', { aud: `api://${clientId}` }],
    ['it does not say what it is of', { idtyp: undefined }],
    ['it has just expired', { exp: at - 59 }],
    ['it is just not yet valid', { nbf: at + 60 }],
    ['it has no start', { nbf: undefined, iat: undefined }],
    [
      'its ids are in upper case',
      {
        ...{ aud: `api://${clientId.toUpperCase()}`, azp: backEndId.toUpperCase() },
        ...{ tid: tenantId.toUpperCase(), iss: issuerOf(tenantId.toUpperCase()) },
      },
    ],
    ['it is for others too', { aud: ['https://graph.microsoft.com', clientId] }],
    [
      'it is of version 1',
      { iss: earlierIssuerOf(tenantId), azp: undefined, appid: backEndId, ver: '1.0' },
    ],
  ])('is good although %s', async (_name, changes) => {
    expect(await verified(changes)).toEqual(backEnd);
  });

  it.each<[string, unknown, string[]]>([
    ['none', undefined, []],
    ['an empty list', [], []],
    ['text', 'Tokens.Read', []],
    ['an object', { 0: 'Tokens.Read' }, []],
    ['a list with other things', ['A', 7, null, ['Tokens.Read'], 'B'], ['A', 'B']],
  ])('has the roles that are text in a list: %s', async (_name, roles, held) => {
    expect((await verified({ roles })).roles).toEqual(held);
  });

  it.each<[string, Record<string, unknown>]>([
    ['has another audience', { aud: backEndId }],
    ['is an ID token', { nonce: 'n', idtyp: undefined }],
    ['is bound to a key', { cnf: { jkt: 'x' } }],
    ['is for Graph', { aud: 'https://graph.microsoft.com' }],
    ['has an audience that begins alike', { aud: `api://${clientId}.evil.example` }],
    ['has no audience', { aud: undefined }],
    ['has another issuer', { iss: 'https://evil.example/' }],
    ['has another tenant’s issuer', { iss: issuerOf(otherTenant) }],
    ['has no issuer', { iss: undefined }],
    ['has an issuer that is no text', { iss: [issuerOf(tenantId)] }],
    ['is of another tenant', { tid: otherTenant, iss: issuerOf(otherTenant) }],
    ['has another tenant than its issuer', { tid: otherTenant }],
    ['has no tenant', { tid: undefined }],
    ['has a tenant that is no text', { tid: [tenantId] }],
    ['has expired', { exp: at - 60 }],
    ['never expires', { exp: undefined }],
    ['has an expiry that is no number', { exp: String(at + 3600) }],
    ['is not yet valid', { nbf: at + 61 }],
    ['is a user’s', { scp: 'Tokens.Read', idtyp: 'user' }],
    ['is a user’s by its scopes alone', { scp: 'Tokens.Read', idtyp: undefined }],
    ['has scopes, if empty', { scp: '' }],
    ['is a user’s by its type alone', { idtyp: 'user' }],
    ['is of a type unknown', { idtyp: 'APP' }],
    ['is of a device', { idtyp: 'device' }],
    ['names no app, as ID tokens don’t', { azp: undefined, idtyp: undefined }],
    ['names an app that is no text', { azp: [backEndId] }],
    ['names an app that is no text, and another', { azp: 7, appid: backEndId }],
  ])('is refused if it %s', async (_name, changes) => {
    const error = await appErrorOf(() => verified(changes));
    expect(error.code).toBe('unauthenticated');
    expect(error.public.detail).toContain('access token');
    expect(error.public.challenge).toBe('Bearer');
  });

  it('is of any tenant that is allowed', async () => {
    const { verify } = createVerifying([key.jwk], { allowedTenants: [tenantId, otherTenant] });
    const token = await key.sign({ tid: otherTenant, iss: issuerOf(otherTenant) });
    expect((await verify(token)).tenantId).toBe(otherTenant);
  });

  it('is of no tenant if none is allowed', async () => {
    const { verify } = createVerifying([key.jwk], { allowedTenants: [] });
    const token = await key.sign();
    expect((await appErrorOf(() => verify(token))).code).toBe('unauthenticated');
  });
});
