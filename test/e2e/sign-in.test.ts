import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { createBrowserClient, signIn, signInUpToCallback } from '../support/browser-client.ts';
import { dumpTables } from '../support/table-dump.ts';
import { hashOf } from '../support/users.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp();
});

afterAll(() => world.close());

const codeRedemptions = () =>
  world.identityProvider.tokenCalls.filter((call) => call.grantType === 'authorization_code')
    .length;

it('gives two users in two browsers each their own profile', async () => {
  const [alice, bob] = [createBrowserClient(), createBrowserClient()];
  await signIn(alice, app.origin, 'alice@evergreen.example');
  await signIn(bob, app.origin, 'bob@evergreen.example');
  const profiles = await Promise.all(
    [alice, bob].map(async (browser) => (await browser.request(`${app.origin}/me`)).json()),
  );
  expect(profiles).toMatchObject([
    { userPrincipalName: 'alice@evergreen.example' },
    { userPrincipalName: 'bob@evergreen.example' },
  ]);
});

it('asks for a code with PKCE, a fresh state and nonce, and refresh tokens', async () => {
  const browser = createBrowserClient();
  const [first, second] = await Promise.all(
    [1, 2].map(async () => {
      const response = await browser.request(
        `${app.origin}/login?login_hint=alice@evergreen.example`,
      );
      expect(response.status).toBe(302);
      return new URL(response.headers.get('location') ?? '').searchParams;
    }),
  );
  expect(first?.get('response_type')).toBe('code');
  expect(first?.get('code_challenge_method')).toBe('S256');
  expect(first?.get('code_challenge')).toHaveLength(43);
  expect(first?.get('scope')?.split(' ')).toEqual(
    expect.arrayContaining(['User.Read', 'openid', 'profile', 'offline_access']),
  );
  expect(first?.get('redirect_uri')).toBe(`${app.origin}/callback`);
  expect(first?.get('login_hint')).toBe('alice@evergreen.example');
  for (const name of ['state', 'nonce', 'code_challenge']) {
    expect(first?.get(name)).not.toBe(second?.get(name));
  }
});

it('goes where the person wanted to go', async () => {
  const arrival = await signIn(
    createBrowserClient(),
    app.origin,
    'alice@evergreen.example',
    `?returnTo=${encodeURIComponent('/session?tab=1')}`,
  );
  expect(arrival.url).toBe(`${app.origin}/session?tab=1`);
  expect(arrival.response.status).toBe(200);
});

it('refuses to go to another site', async () => {
  const response = await fetch(`${app.origin}/login?returnTo=//evil.example`, {
    redirect: 'manual',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: 'invalid_request' });
});

it('sets a session cookie that scripts and other sites do not get, and keeps none of its value', async () => {
  const browser = createBrowserClient();
  const callback = await signInUpToCallback(browser, app.origin, 'alice@evergreen.example');
  const response = await browser.request(callback);
  const line = response.headers.getSetCookie().find((text) => text.startsWith('session='));
  expect(line?.toLowerCase()).toContain('httponly');
  expect(line?.toLowerCase()).toContain('samesite=lax');
  expect(line?.toLowerCase()).toContain('path=/');
  expect(line?.toLowerCase()).not.toContain('domain');
  const id = browser.cookies.get('session')?.split('.')[1] ?? '';
  expect(Buffer.from(id, 'base64url')).toHaveLength(32);
  expect(JSON.stringify(await dumpTables(world.azurite.connectionString))).not.toContain(id);
});

it('redeems one of 20 copies of a callback, and refuses the others', async () => {
  const browser = createBrowserClient();
  const callback = await signInUpToCallback(browser, app.origin, 'carol@evergreen.example');
  const redemptionsBefore = codeRedemptions();
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(callback, { redirect: 'manual', headers: { cookie } })),
  );
  const statuses = answers.map((answer) => answer.status).sort();
  expect(statuses).toEqual([302, ...Array.from({ length: 19 }, () => 400)]);
  expect(codeRedemptions() - redemptionsBefore).toBe(1);
  const rows = await dumpTables(world.azurite.connectionString);
  const carol = hashOf(world, 'carol@evergreen.example');
  expect(rows.filter((row) => row.table === 'sessions' && row['h'] === carol)).toHaveLength(1);
});

it('refuses a callback with another browser’s state, and calls no token endpoint', async () => {
  const victim = createBrowserClient();
  const callback = await signInUpToCallback(
    createBrowserClient(),
    app.origin,
    'dave@evergreen.example',
  );
  await victim.request(`${app.origin}/login`);
  const redemptionsBefore = codeRedemptions();
  const response = await victim.request(callback);
  expect(response.status).toBe(400);
  expect(victim.cookies.has('session')).toBe(false);
  expect(codeRedemptions()).toBe(redemptionsBefore);
});

it('lets several sign-ins be under way in one browser', async () => {
  const browser = createBrowserClient();
  // The slot follows from the state; a few starts fall into two different ones.
  const latest = new Map<string, string>();
  while (latest.size < 2) {
    const before = new Map(browser.cookies);
    const callback = await signInUpToCallback(browser, app.origin, 'alice@evergreen.example');
    for (const [name, value] of browser.cookies) {
      if (name.startsWith('sign-in-') && before.get(name) !== value) latest.set(name, callback);
    }
  }
  for (const callback of latest.values()) {
    expect((await browser.request(callback)).status).toBe(302);
  }
});

it('lets one person sign in in many browsers at one moment', async () => {
  const callbacks = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const browser = createBrowserClient();
      return {
        browser,
        url: await signInUpToCallback(browser, app.origin, 'carol@evergreen.example'),
      };
    }),
  );
  const answers = await Promise.all(callbacks.map(({ browser, url }) => browser.request(url)));
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(302));
  for (const { browser } of callbacks) {
    expect((await browser.request(`${app.origin}/me`)).status).toBe(200);
  }
});

it('says in its own words that a person has cancelled', async () => {
  const browser = createBrowserClient();
  const page = await browser.navigate(`${app.origin}/login`);
  const arrival = await browser.navigate(page.url, {
    method: 'POST',
    body: new URLSearchParams({ cancel: 'true' }),
  });
  expect(arrival.response.status).toBe(403);
  expect(arrival.response.headers.get('content-type')).toContain('text/html');
  expect(arrival.body).toContain('Sign-in was cancelled.');
});

it('ends the session of the person who was signed in before in this browser', async () => {
  const browser = createBrowserClient();
  await signIn(browser, app.origin, 'alice@evergreen.example');
  const earlier = browser.cookies.get('session') ?? '';
  await signIn(browser, app.origin, 'bob@evergreen.example', '?prompt=select_account');
  expect(await (await browser.request(`${app.origin}/me`)).json()).toMatchObject({
    userPrincipalName: 'bob@evergreen.example',
  });
  const answer = await fetch(`${app.origin}/me`, { headers: { cookie: `session=${earlier}` } });
  expect(answer.status).toBe(401);
});
