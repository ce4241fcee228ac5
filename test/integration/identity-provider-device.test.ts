import { PublicClientApplication } from '@azure/msal-node';
import { decodeJwt } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { Browser } from './identity-provider-browser.ts';
import {
  alice,
  approve,
  authority,
  bob,
  browse,
  enterCode,
  oidOf,
  pollDevice,
  scopes,
  start,
  startDevice,
} from './identity-provider-driver.ts';

describe('device codes', () => {
  test.each(['device_code', 'urn:ietf:params:oauth:grant-type:device_code'])(
    'are approved on the page and redeemed with %s',
    async (grantType) => {
      const idp = await start();
      const device = await startDevice(idp);
      expect(device).toMatchObject({ interval: 5, message: expect.stringContaining('To sign in') });
      const poll = () => pollDevice(idp, device, grantType);
      expect((await poll()).body).toMatchObject({ error: 'authorization_pending' });

      const done = await approve(idp, device, { user: alice });
      expect(done.html).toContain('You are signed in');
      const { status, body } = await poll();
      expect(status).toBe(200);
      expect(decodeJwt(String(body['id_token']))).toMatchObject({
        aud: idp.deviceClientId,
        oid: oidOf(alice),
      });
      expect(body['refresh_token']).toEqual(expect.any(String));
      expect((await poll()).body).toMatchObject({ error: 'bad_verification_code' });
      expect(idp.tokenCalls.at(-2)).toMatchObject({ grantType: 'device_code', status: 200 });
    },
  );

  test('a user who is signed in already is asked, and another may approve', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    const device = await startDevice(idp);
    await approve(idp, device, { user: bob }, browser);
    const { body } = await pollDevice(idp, device);
    expect(decodeJwt(String(body['id_token']))['oid']).toBe(oidOf(bob));
  });

  test.each(['abort', 'cancel'])(
    'declined by %s end with authorization_declined',
    async (button) => {
      const idp = await start();
      const device = await startDevice(idp);
      const browser = new Browser(idp.origin);
      let page = await enterCode(browser, device);
      if (button === 'cancel') page = await browser.submit(page, {});
      const declined = await browser.submit(page, { [button]: 'yes' });
      expect(declined.html).toContain('Sign-in declined');
      expect((await pollDevice(idp, device)).body).toMatchObject({
        error: 'authorization_declined',
      });
    },
  );

  test('a wrong code can be corrected', async () => {
    const idp = await start();
    const device = await startDevice(idp);
    const browser = new Browser(idp.origin);
    const form = await browser.get(String(device['verification_uri']));
    const again = await browser.submit(form, { user_code: 'WRONG' });
    expect(again.html).toContain('That code didn&#39;t work');
    const next = await browser.submit(again, { user_code: String(device['user_code']) });
    expect(next.html).toContain('Approve the device');
  });

  test('expire', async () => {
    const idp = await start();
    const device = await startDevice(idp);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 16 * 60_000);
    expect((await pollDevice(idp, device)).body).toMatchObject({ error: 'expired_token' });
  });

  test('work with MSAL', async () => {
    const idp = await start({ deviceIntervalSeconds: 1 });
    const client = new PublicClientApplication({
      auth: { ...authority(idp), clientId: idp.deviceClientId },
    });
    let approved: Promise<unknown> | undefined;
    const result = await client.acquireTokenByDeviceCode({
      scopes,
      deviceCodeCallback: ({ userCode, verificationUri }) => {
        const device = { user_code: userCode, verification_uri: verificationUri };
        approved = approve(idp, device, { user: alice });
      },
    });
    await approved;
    expect(result?.account?.username).toBe(alice);
  });
});
