import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  alice,
  bob,
  oidOf,
  refresh,
  signInByHand,
  start,
  tokenUrl,
} from './identity-provider-driver.ts';

describe('faults', () => {
  test('an answer replaces the next ones of one user', async () => {
    const idp = await start();
    const [ofAlice, ofBob] = [await signInByHand(idp, alice), await signInByHand(idp, bob)];
    idp.faults.next(1, {
      kind: 'answer',
      status: 429,
      body: { error: 'throttled' },
      headers: { 'retry-after': '7' },
      match: { grantType: 'refresh_token', userOid: oidOf(alice) },
    });
    expect((await refresh(idp, ofBob['refresh_token'])).status).toBe(200);
    const refused = await refresh(idp, ofAlice['refresh_token']);
    expect(refused).toMatchObject({ status: 429, body: { error: 'throttled' } });
    expect(refused.headers.get('retry-after')).toBe('7');
    expect((await refresh(idp, ofAlice['refresh_token'])).status).toBe(200);
  });

  test('an answer can be text, until cleared', async () => {
    const idp = await start();
    idp.faults.set({ kind: 'answer', status: 503, body: '<h1>Unavailable</h1>' });
    const response = await fetch(tokenUrl(idp), { method: 'POST', body: new URLSearchParams() });
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('<h1>Unavailable</h1>');
    idp.faults.clear();
    expect((await refresh(idp, 'none')).status).toBe(400);
  });

  test('a held request waits for its release', async () => {
    const idp = await start();
    const { refresh_token: token } = await signInByHand(idp, alice);
    const hold = idp.faults.next(1, { kind: 'hold' });
    const before = idp.tokenCalls.length;
    const pending = refresh(idp, token);
    await hold.held;
    expect(idp.tokenCalls.length).toBe(before);
    hold.release();
    expect((await pending).status).toBe(200);
  });

  test('a lost answer has been carried out', async () => {
    const idp = await start({ refreshTokenRotation: 'strict' });
    const { refresh_token: token } = await signInByHand(idp, alice);
    idp.faults.next(1, { kind: 'reset', after: true });
    await expect(refresh(idp, token)).rejects.toThrow('fetch failed');
    expect(idp.tokenCalls.at(-1)).toMatchObject({ status: 0, userOid: oidOf(alice) });
    expect((await refresh(idp, token)).body).toMatchObject({ error_codes: [50173] });
  });

  test('ID tokens are falsified on demand', async () => {
    const idp = await start();
    const keys = createLocalJWKSet(idp.jwks());
    const idToken = async () => (await signInByHand(idp, alice))['id_token'];

    idp.faults.idToken = { claims: (claims) => ({ ...claims, tid: 'elsewhere' }) };
    const changed = await jwtVerify(String(await idToken()), keys);
    expect(changed.payload['tid']).toBe('elsewhere');
    idp.faults.idToken = { alg: 'none' };
    const unsigned = String(await idToken());
    expect(unsigned).toMatch(/\.$/);
    idp.faults.idToken = { key: 'foreign' };
    const foreign = String(await idToken());
    expect(decodeProtectedHeader(foreign).kid).toBe(idp.jwks().keys[0]?.kid);
    await expect(jwtVerify(foreign, keys)).rejects.toThrow('signature verification failed');
    idp.faults.idToken = { omit: true };
    expect(await idToken()).toBeUndefined();
  });

  test('calls are recorded without secrets', async () => {
    const idp = await start();
    const tokens = await signInByHand(idp, alice);
    await refresh(idp, tokens['refresh_token'], { scope: 'openid User.Read' });
    expect(idp.tokenCalls).toMatchObject([
      { grantType: 'authorization_code', userOid: oidOf(alice), status: 200 },
      { grantType: 'refresh_token', scopes: ['openid', 'User.Read'], status: 200 },
    ]);
    const text = JSON.stringify(idp.tokenCalls);
    for (const secret of [tokens['refresh_token'], tokens['access_token'], idp.clientSecret]) {
      expect(text).not.toContain(secret);
    }
  });
});
