import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { type BrowserClient, createBrowserClient, signIn } from '../support/browser-client.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { dumpTables } from '../support/table-dump.ts';
import { hashOf, oidOf } from '../support/users.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let apps: App[];
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld();
  apps = [await world.startApp(), await world.startApp()];
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const ownPage = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' };

function signOut(browser: BrowserClient, query = ''): Promise<Response> {
  return browser.request(`${world.origin}/logout${query}`, { method: 'POST', headers: ownPage });
}

async function rowsOf(username: string): Promise<string[]> {
  const hash = hashOf(world, username);
  const rows = await dumpTables(world.azurite.connectionString);
  return rows.filter((row) => JSON.stringify(row).includes(hash)).map((row) => row.rowKey);
}

it('leaves no row of the user, and the old cookie is 401 on every instance', async () => {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, 'alice@evergreen.example');
  expect(await rowsOf('alice@evergreen.example')).not.toEqual([]);
  const cookie = `session=${browser.cookies.get('session')}`;

  const response = await signOut(browser);

  expect(response.status).toBe(200);
  const { logoutUrl } = (await response.json()) as { logoutUrl: string };
  const url = new URL(logoutUrl);
  expect(url.origin).toBe(world.identityProvider.origin);
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${world.origin}/`);
  expect(browser.cookies.has('session')).toBe(false);
  expect(await rowsOf('alice@evergreen.example')).toEqual([]);
  for (const app of apps) {
    expect((await fetch(`${app.origin}/me`, { headers: { cookie } })).status).toBe(401);
  }
});

it('wins over a refresh that is held at the token endpoint', async () => {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, 'bob@evergreen.example');
  const cookie = `session=${browser.cookies.get('session')}`;
  await clock.advance(2 * 60 * 60_000, apps);
  const hold = world.identityProvider.faults.next(1, {
    kind: 'hold',
    match: { grantType: 'refresh_token' },
  });
  const me = browser.request(`${world.origin}/me`);
  await hold.held;

  expect((await signOut(browser)).status).toBe(200);
  hold.release();

  expect((await me).status).toBe(401);
  expect(await rowsOf('bob@evergreen.example')).toEqual([]);
  expect((await fetch(`${world.origin}/me`, { headers: { cookie } })).status).toBe(401);
  const refreshes = world.identityProvider.tokenCalls.filter(
    (call) => call.userOid === oidOf('bob@evergreen.example') && call.grantType === 'refresh_token',
  );
  expect(refreshes).toHaveLength(1);
});

it('leaves no row either of a user whose earlier session ran out overnight', async () => {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, 'dave@evergreen.example');
  await clock.advance(9 * 60 * 60_000, apps);
  expect((await browser.request(`${world.origin}/me`)).status).toBe(401);
  await signIn(browser, world.origin, 'dave@evergreen.example');
  expect((await signOut(browser)).status).toBe(200);
  expect(await rowsOf('dave@evergreen.example')).toEqual([]);
});

it('ends one of two sessions and leaves the other', async () => {
  const [laptop, phone] = [createBrowserClient(), createBrowserClient()];
  await signIn(laptop, world.origin, 'carol@evergreen.example');
  await signIn(phone, world.origin, 'carol@evergreen.example');
  await signOut(laptop);
  expect((await laptop.request(`${world.origin}/me`)).status).toBe(401);
  expect((await phone.request(`${world.origin}/me`)).status).toBe(200);
});

it('ends all sessions when asked to', async () => {
  const [laptop, phone] = [createBrowserClient(), createBrowserClient()];
  await signIn(laptop, world.origin, 'dave@evergreen.example');
  await signIn(phone, world.origin, 'dave@evergreen.example');
  await signOut(laptop, '?everywhere=true');
  expect((await phone.request(`${world.origin}/me`)).status).toBe(401);
  expect(await rowsOf('dave@evergreen.example')).toEqual([]);
});

it('is not needed when a session has been idle too long', async () => {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, 'alice@evergreen.example');
  await clock.advance(7.9 * 60 * 60_000, apps);
  expect((await browser.request(`${world.origin}/session`)).status).toBe(200);
  await clock.advance(7.9 * 60 * 60_000, apps);
  expect((await browser.request(`${world.origin}/session`)).status).toBe(200);
  await clock.advance(8.1 * 60 * 60_000, apps);
  expect((await browser.request(`${world.origin}/session`)).status).toBe(401);
});
