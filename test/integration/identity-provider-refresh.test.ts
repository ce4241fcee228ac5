import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { startIdentityProvider } from '../../dev/identity-provider/identity-provider.ts';
import {
  alice,
  bob,
  closing,
  oidOf,
  redirectUri,
  refresh,
  signInByHand,
  start,
} from './identity-provider-driver.ts';

describe('refresh tokens', () => {
  test('as in Entra, a used one stays valid and a new one comes each time', async () => {
    const idp = await start();
    const { refresh_token: first } = await signInByHand(idp, alice);
    const second = await refresh(idp, first);
    const third = await refresh(idp, first);
    expect([second.status, third.status]).toEqual([200, 200]);
    expect(new Set([first, second.body['refresh_token'], third.body['refresh_token']]).size).toBe(
      3,
    );
    expect((await refresh(idp, second.body['refresh_token'])).status).toBe(200);
  });

  test('strict: using one twice revokes the newer one as well', async () => {
    const idp = await start({ refreshTokenRotation: 'strict' });
    const { refresh_token: first } = await signInByHand(idp, alice);
    const second = await refresh(idp, first);
    expect(second.status).toBe(200);
    const reuse = await refresh(idp, first);
    expect(reuse.status).toBe(400);
    expect(reuse.body).toMatchObject({ error: 'invalid_grant', error_codes: [50173] });
    expect((await refresh(idp, second.body['refresh_token'])).status).toBe(400);
  });

  test('one sign-in covers scopes consented to in another, and no others', async () => {
    const idp = await start();
    const { refresh_token: token } = await signInByHand(idp, alice);
    const before = await refresh(idp, token, { scope: 'openid offline_access Mail.Read' });
    expect(before.body).toMatchObject({ error_codes: [65001], suberror: 'consent_required' });
    await signInByHand(idp, alice, { scope: 'openid Mail.Read' });
    const after = await refresh(idp, token, { scope: 'openid offline_access Mail.Read' });
    expect(after.body['scope']).toBe('openid Mail.Read');
  });

  test('all of a revoked user fail', async () => {
    const idp = await start();
    const [ofAlice, ofBob] = [await signInByHand(idp, alice), await signInByHand(idp, bob)];
    idp.revokeUser(oidOf(alice));
    const { body } = await refresh(idp, ofAlice['refresh_token']);
    expect(body).toMatchObject({ error: 'invalid_grant', error_codes: [50173] });
    expect((await refresh(idp, ofBob['refresh_token'])).status).toBe(200);
  });

  test('lapse after 90 days by the clock of Date', async () => {
    const idp = await start();
    const { refresh_token: token } = await signInByHand(idp, alice);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 89 * 86_400_000);
    const fresh = await refresh(idp, token);
    expect(fresh.status).toBe(200);
    vi.setSystemTime(Date.now() + 2 * 86_400_000);
    expect((await refresh(idp, token)).body).toMatchObject({ error_codes: [700082] });
    expect((await refresh(idp, fresh.body['refresh_token'])).status).toBe(200);
  });

  test('keys, secret, sessions and tokens survive a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'identity-provider-'));
    closing.push(() => rm(folder, { recursive: true }));
    const dataFile = join(folder, 'data', 'identity-provider.json');
    const first = await startIdentityProvider({ redirectUris: [redirectUri], dataFile });
    const tokens = await signInByHand(first, alice);
    await first.close();

    const second = await start({ dataFile });
    expect(second.clientSecret).toBe(first.clientSecret);
    expect(second.jwks()).toEqual(first.jwks());
    expect((await refresh(second, tokens['refresh_token'])).status).toBe(200);
  });
});
