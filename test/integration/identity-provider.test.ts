import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { Browser } from './identity-provider-browser.ts';
import {
  accountOf,
  alice,
  authorizeUrl,
  json,
  newVerifier,
  oidOf,
  redirectUri,
  refresh,
  scopes,
  signInByHand,
  signInWithMsal,
  start,
} from './identity-provider-driver.ts';

describe('signing in with MSAL', () => {
  test('a code is redeemed and the tokens are refreshed silently', async () => {
    const idp = await start();
    const { client, result } = await signInWithMsal(idp, alice);

    expect(result.account).toMatchObject({ username: alice, tenantId: idp.tenantId });
    expect(result.account?.homeAccountId).toBe(`${oidOf(alice)}.${idp.tenantId}`);
    expect(result.scopes).toEqual(expect.arrayContaining(['openid', 'profile', 'User.Read']));
    const refreshed = await client.acquireTokenSilent({
      account: accountOf(result),
      scopes,
      forceRefresh: true,
    });
    expect(refreshed.accessToken).not.toBe(result.accessToken);
    expect(refreshed.fromCache).toBe(false);
  });

  test('the tokens are signed and carry the claims of Entra', async () => {
    const idp = await start();
    const { result } = await signInWithMsal(idp, alice);
    const keys = createLocalJWKSet(idp.jwks());

    const id = await jwtVerify(result.idToken, keys, {
      issuer: idp.issuer,
      audience: idp.clientId,
    });
    expect(id.payload).toMatchObject({
      oid: oidOf(alice),
      tid: idp.tenantId,
      ver: '2.0',
      preferred_username: alice,
      name: 'Alice Example',
      nonce: 'a nonce',
      sid: expect.any(String),
      login_hint: expect.any(String),
    });
    expect(id.payload.sub).not.toBe(oidOf(alice));
    const access = await jwtVerify(result.accessToken, keys, {
      audience: 'https://graph.microsoft.com',
    });
    expect(access.payload).toMatchObject({
      oid: oidOf(alice),
      tid: idp.tenantId,
      scp: 'User.Read',
      azp: idp.clientId,
      upn: alice,
    });
  });

  test('tokens are dated 300 s back, and expire by the true time', async () => {
    const idp = await start();
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Math.floor(Date.now() / 1000);
    const signedIn = await signInByHand(idp, alice);
    const refreshed = await refresh(idp, signedIn['refresh_token']);
    const expected = { iat: now - 300, nbf: now - 300, exp: now + 3600 };
    for (const answer of [signedIn, refreshed.body]) {
      expect(decodeJwt(String(answer['id_token']))).toMatchObject(expected);
      expect(decodeJwt(String(answer['access_token']))).toMatchObject(expected);
      expect(answer['expires_in']).toBe(3600);
    }
  });

  test('the lifetime of access tokens changes at run time', async () => {
    const idp = await start({ accessTokenSeconds: 600 });
    idp.accessTokenSeconds = 90;
    const answer = await signInByHand(idp, alice);
    expect(answer).toMatchObject({ expires_in: 90, ext_expires_in: 90, token_type: 'Bearer' });
  });

  test('a full scope name means the short one', async () => {
    const idp = await start();
    const answer = await signInByHand(idp, alice, {
      scope: 'openid email offline_access https://graph.microsoft.com/Mail.Read',
    });
    expect(answer['scope']).toBe('openid email Mail.Read');
    expect(decodeJwt(String(answer['id_token']))).toMatchObject({ email: alice });
    expect(answer['refresh_token']).toEqual(expect.any(String));
  });

  test('the common tenant is an alias', async () => {
    const idp = await start();
    const answer = await signInByHand(idp, alice, {}, 'common');
    expect(decodeJwt(String(answer['access_token']))['tid']).toBe(idp.tenantId);
  });

  test('form_post answers are posted', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    const list = await browser.get(
      authorizeUrl(idp, newVerifier(), { response_mode: 'form_post' }),
    );
    const landing = await browser.submit(list, { user: alice });
    expect(landing.html).toContain(`action="${redirectUri}"`);
  });
});

test('both names of the loopback interface reach the provider', async () => {
  const idp = await start();
  const port = new URL(idp.origin).port;
  for (const host of ['localhost', '127.0.0.1']) {
    const keys = await fetch(`http://${host}:${port}/${idp.tenantId}/discovery/v2.0/keys`);
    expect(await json(keys)).toMatchObject({ keys: [{ kid: idp.jwks().keys[0]?.kid }] });
  }
});

test('generated users are many, distinct and always the same', () => {
  const users = generateUsers(1_000);
  expect(new Set(users.map(({ oid }) => oid)).size).toBe(1_000);
  expect(generateUsers(3)).toEqual(users.slice(0, 3));
  expect(users[7]?.oid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});
