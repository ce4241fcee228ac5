import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { nightlyJobClientId } from '../../dev/identity-provider/back-ends.ts';
import type { IdentityProvider } from '../../dev/identity-provider/identity-provider.ts';
import {
  alice,
  callGraph,
  closing,
  post,
  refresh,
  signInByHand,
  start,
  startBoth,
} from './identity-provider-driver.ts';

function askToken(idp: IdentityProvider, form: Record<string, string> = {}) {
  return post(idp, 'token', {
    grant_type: 'client_credentials',
    client_id: nightlyJobClientId,
    client_secret: idp.backEnds[0]?.clientSecret ?? '',
    scope: `api://${idp.clientId}/.default`,
    ...form,
  });
}

/** A verifier that fetches the published keys whenever it is asked. */
function verify(idp: IdentityProvider, token: string) {
  const keys = createRemoteJWKSet(new URL(`${idp.origin}/${idp.tenantId}/discovery/v2.0/keys`));
  return jwtVerify(token, keys, { issuer: idp.issuer, audience: idp.clientId });
}

describe('tokens of applications', () => {
  test('are got by a secret, and say who the back end is', async () => {
    const idp = await start();
    const { status, body } = await askToken(idp);
    expect(status).toBe(200);
    expect(body).toEqual({
      token_type: 'Bearer',
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.any(String),
    });
    const { payload, protectedHeader } = await verify(idp, String(body['access_token']));
    expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'RS256', kid: idp.jwks().keys[0]?.kid });
    expect(payload).toEqual({
      aud: idp.clientId,
      iss: idp.issuer,
      iat: expect.any(Number),
      nbf: payload.iat,
      exp: (payload.iat ?? 0) + 3_900,
      azp: nightlyJobClientId,
      azpacr: '1',
      idtyp: 'app',
      oid: payload.sub,
      rh: expect.any(String),
      roles: ['Evergreen.ActForUsers'],
      sub: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      tid: idp.tenantId,
      uti: expect.any(String),
      ver: '2.0',
    });
    expect(idp.tokenCalls).toMatchObject([{ grantType: 'client_credentials', status: 200 }]);
    const bare = await askToken(idp, { scope: `${idp.clientId}/.default` });
    expect(decodeJwt(String(bare.body['access_token'])).sub).toBe(payload.sub);
  });

  test.each([
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['an unknown client', { client_id: 'unknown' }, 400, 'unauthorized_client', 700016],
    ['a scope of users', { scope: 'User.Read' }, 400, 'invalid_scope', 70011],
    ['another resource', { scope: 'api://other/.default' }, 400, 'invalid_resource', 500011],
  ])('are refused for %s', async (_name, form, status, error, code) => {
    const idp = await start();
    const answer = await askToken(idp, form);
    expect(answer).toMatchObject({ status, body: { error, error_codes: [code] } });
    expect(answer.body['error_description']).toMatch(`AADSTS${code}: `);
    expect(idp.tokenCalls).toMatchObject([{ status, error }]);
  });

  test('are subject to faults', async () => {
    const idp = await start();
    const match = { grantType: 'client_credentials' };
    idp.faults.next(1, { kind: 'answer', status: 503, body: {}, match });
    expect((await askToken(idp)).status).toBe(503);
    expect((await askToken(idp)).status).toBe(200);
  });

  test('are for back ends with roles and secrets of their own', async () => {
    const backEnd = { clientId: 'a-back-end', clientSecret: 'its secret', roles: [] };
    const idp = await start({ backEnds: [backEnd] });
    const { body } = await askToken(idp, { client_id: backEnd.clientId });
    const claims = decodeJwt(String(body['access_token']));
    expect(claims['azp']).toBe(backEnd.clientId);
    expect(claims).not.toHaveProperty('roles');
  });

  test("a back end's secret survives a restart", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'identity-provider-'));
    closing.push(() => rm(folder, { recursive: true }));
    const dataFile = join(folder, 'identity-provider.json');
    const [first, second] = [await start({ dataFile }), await start({ dataFile })];
    expect(second.backEnds).toEqual(first.backEnds);
    const other = await start();
    expect(other.backEnds[0]?.clientSecret).not.toBe(first.backEnds[0]?.clientSecret);
  });

  test('are none for Graph', async () => {
    const { idp, graph } = await startBoth();
    expect((await callGraph(graph, '/v1.0/me', await idp.appToken())).status).toBe(401);
  });
});

describe('tokens made for a test', () => {
  test('have the claims that it wants', async () => {
    const idp = await start();
    const token = await idp.appToken({ roles: ['Other'], azpacr: undefined });
    const { payload } = await verify(idp, token);
    expect(payload).toMatchObject({ azp: nightlyJobClientId, roles: ['Other'] });
    expect(payload).not.toHaveProperty('azpacr');
  });

  test.each([
    ['a foreign key', { key: 'foreign' as const }],
    ['no signature', { alg: 'none' as const }],
    ['the public key as a secret', { alg: 'HS256' as const }],
    ['an unknown key id', { header: { kid: 'unknown' } }],
  ])('are no good with %s', async (_name, signing) => {
    const idp = await start();
    await expect(verify(idp, await idp.appToken({}, signing))).rejects.toThrow();
  });
});

describe('the signing key', () => {
  test('is replaced for all tokens, and the old one stays published', async () => {
    const { idp, graph } = await startBoth();
    const [user, app] = [await signInByHand(idp, alice), await idp.appToken()];
    await idp.rotateSigningKey();
    const [fresh, former] = idp.jwks().keys.map(({ kid }) => kid);
    const { body } = await refresh(idp, user['refresh_token']);
    const later = await askToken(idp);
    const kidOf = (token: unknown) => decodeProtectedHeader(String(token)).kid;
    expect([user['id_token'], user['access_token'], app].map(kidOf)).toEqual(
      Array.from({ length: 3 }, () => former),
    );
    expect([body['id_token'], body['access_token'], later.body['access_token']].map(kidOf)).toEqual(
      Array.from({ length: 3 }, () => fresh),
    );
    expect(fresh).not.toBe(former);

    expect(idp.keyRequests).toBe(0);
    await verify(idp, app);
    await verify(idp, String(later.body['access_token']));
    expect(idp.keyRequests).toBe(2);
    for (const token of [user['access_token'], body['access_token']]) {
      expect((await callGraph(graph, '/v1.0/me', token)).status).toBe(200);
    }
  });

  test('comes first in what is published', async () => {
    const idp = await start();
    await idp.rotateSigningKey();
    const response = await fetch(`${idp.origin}/${idp.tenantId}/discovery/v2.0/keys`);
    expect(await response.json()).toMatchObject({
      keys: idp.jwks().keys.map(({ kid }) => ({ kid })),
    });
    expect(idp.jwks().keys).toHaveLength(2);
  });
});
