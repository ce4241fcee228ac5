import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import { Browser } from './identity-provider-browser.ts';
import {
  alice,
  authorizeUrl,
  bob,
  browse,
  newVerifier,
  oidOf,
  redeem,
  redirectUri,
  start,
} from './identity-provider-driver.ts';

describe('the sign-in page', () => {
  test('lists every user by name, with a cancel button and no script', async () => {
    const idp = await start();
    const { html } = await new Browser(idp.origin).get(authorizeUrl(idp, newVerifier()));
    for (const { name } of seededUsers)
      expect(html).toContain(`Sign in as ${name.replaceAll("'", '&#39;')}`);
    expect(html).toContain('name="cancel"');
    expect(html).not.toContain('<script');
  });

  test('cancel gives access_denied', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    const list = await browser.get(authorizeUrl(idp, newVerifier()));
    const { url } = await browser.submit(list, { cancel: 'true' });
    expect(url.origin + url.pathname).toBe(redirectUri);
    expect(url.searchParams.get('error')).toBe('access_denied');
    expect(url.searchParams.get('error_description')).toMatch(/^AADSTS65004/);
    expect(url.searchParams.get('state')).toBe('a state');
  });

  test('a browser that has a session signs in silently', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    const { url } = await browser.get(authorizeUrl(idp, newVerifier()));
    expect(url.searchParams.get('code')).toEqual(expect.any(String));
  });

  test('select_account lists the users again, and another one can take over', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    const verifier = newVerifier();
    const list = await browser.get(authorizeUrl(idp, verifier, { prompt: 'select_account' }));
    expect(list.html).toContain('Sign in as Alice Example');
    const landing = await browser.submit(list, { user: bob });
    const answer = await redeem(idp, landing, verifier);
    expect(decodeJwt(String(answer['id_token']))['preferred_username']).toBe(bob);
  });

  test.each(['login', 'consent'])('prompt=%s ends with a code', async (prompt) => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    let landing = await browser.get(authorizeUrl(idp, newVerifier(), { prompt }));
    if (prompt === 'login') landing = await browser.submit(landing, { user: alice });
    expect(landing.url.searchParams.get('code')).toEqual(expect.any(String));
  });

  test('prompt=none without a session is login_required', async () => {
    const idp = await start();
    const { url } = await new Browser(idp.origin).get(
      authorizeUrl(idp, newVerifier(), { prompt: 'none' }),
    );
    expect(url.searchParams.get('error')).toBe('login_required');
  });

  test('login_hint skips the list, and replaces another user', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    const verifier = newVerifier();
    const landing = await browser.get(authorizeUrl(idp, verifier, { login_hint: bob }));
    const answer = await redeem(idp, landing, verifier);
    expect(decodeJwt(String(answer['id_token']))['oid']).toBe(oidOf(bob));
  });

  test('an unknown redirect URI is not followed', async () => {
    const idp = await start();
    const landing = await new Browser(idp.origin).get(
      authorizeUrl(idp, newVerifier(), { redirect_uri: 'https://evil.example/' }),
    );
    expect(landing.status).toBe(400);
    expect(landing.url.origin).toBe(idp.origin);
  });

  test('a request without PKCE is refused', async () => {
    const idp = await start();
    const target = authorizeUrl(idp, newVerifier());
    target.searchParams.delete('code_challenge');
    target.searchParams.delete('code_challenge_method');
    const { url } = await new Browser(idp.origin).get(target);
    expect(url.searchParams.get('error')).toBe('invalid_request');
  });

  test('signing out ends the session and goes back to a registered origin only', async () => {
    const idp = await start();
    const browser = new Browser(idp.origin);
    await browse(browser, idp, alice);
    const logout = new URL(`/${idp.tenantId}/oauth2/v2.0/logout`, idp.origin);
    logout.searchParams.set('post_logout_redirect_uri', 'http://localhost:7071/bye');
    expect((await browser.get(logout)).url.href).toBe('http://localhost:7071/bye');
    const again = await browser.get(authorizeUrl(idp, newVerifier()));
    expect(again.html).toContain('Sign in as Alice Example');
    logout.searchParams.set('post_logout_redirect_uri', 'https://evil.example/');
    expect((await browser.get(logout)).html).toContain('You are signed out');
  });
});
