import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type BrowserClient, createBrowserClient, signIn } from '../support/browser-client.ts';
import { type RefreshWorld, startRefreshWorld } from '../support/refresh-world.ts';
import { until } from '../support/until.ts';
import { hashOf, oidOf } from '../support/users.ts';

const minute = 60_000;

let { world, app, clock, close } = {} as RefreshWorld;

beforeAll(async () => {
  ({ world, app, clock, close } = await startRefreshWorld());
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => close());

const refreshes = () =>
  world.identityProvider.tokenCalls.filter((call) => call.grantType === 'refresh_token');

async function sessionOf(browser: BrowserClient): Promise<Record<string, string>> {
  const response = await browser.request(`${app.origin}/session`);
  return (await response.json()) as Record<string, string>;
}

/** One minute passes: the sweep runs, and whoever is due is refreshed. */
async function passMinute(browsers: readonly BrowserClient[]): Promise<void> {
  await clock.advance(minute, [app]);
  // Who is due a moment after it is left to the next one.
  const sweptAt = Date.now();
  await app.runTimer('refresh-sweep');
  for (const browser of browsers) {
    await until(async () => {
      const { nextRefreshAt = '' } = await sessionOf(browser);
      return Date.parse(nextRefreshAt) > sweptAt;
    });
  }
}

it('keeps 6-minute tokens fresh for 12 minutes in which nobody calls', async () => {
  const users = ['alice@evergreen.example', 'bob@evergreen.example'];
  const browsers = await Promise.all(
    users.map(async (username) => {
      const browser = createBrowserClient();
      await signIn(browser, app.origin, username);
      return browser;
    }),
  );
  const before = await Promise.all(browsers.map(sessionOf));
  const refreshesBefore = refreshes().length;

  for (let passed = 0; passed < 12; passed++) await passMinute(browsers);

  const after = await Promise.all(browsers.map(sessionOf));
  for (const [index, session] of after.entries()) {
    const lastRefreshedAt = Date.parse(session['lastRefreshedAt'] ?? '');
    expect(lastRefreshedAt).toBeGreaterThan(Date.parse(before[index]?.['lastRefreshedAt'] ?? ''));
    expect(Date.now() - lastRefreshedAt).toBeLessThan(6 * minute);
    expect(session['lastRefreshedBy']).toBe('timer');
  }
  // Due between 2 and 4 minutes after each refresh, found within a minute: 3 to 6 a user.
  const made = refreshes().slice(refreshesBefore);
  for (const username of users) {
    const mine = made.filter((call) => call.userOid === oidOf(username));
    expect(mine.length).toBeGreaterThanOrEqual(2);
    expect(mine.length).toBeLessThanOrEqual(6);
  }

  const callsBefore = world.identityProvider.tokenCalls.length;
  for (const browser of browsers) {
    expect((await browser.request(`${app.origin}/me`)).status).toBe(200);
  }
  expect(world.identityProvider.tokenCalls.length).toBe(callsBefore);
});

it('refreshes once, however often the message comes', async () => {
  const carol = 'carol@evergreen.example';
  const browser = createBrowserClient();
  await signIn(browser, app.origin, carol);
  const { nextRefreshAt = '' } = await sessionOf(browser);
  const message = { user: hashOf(world, carol), flow: 'code', dueAt: nextRefreshAt };
  await clock.advance(5 * minute, [app]);
  const refreshesBefore = refreshes().length;
  // At once, before the worker has moved the mark, and again when it has.
  await Promise.all(Array.from({ length: 5 }, () => world.enqueue(message)));
  await until(async () => (await sessionOf(browser))['lastRefreshedBy'] === 'timer');
  await Promise.all(Array.from({ length: 5 }, () => world.enqueue(message)));
  await until(async () => (await world.queueDepth()) === 0);
  const made = refreshes().slice(refreshesBefore);
  expect(made.filter((call) => call.userOid === oidOf(carol))).toHaveLength(1);
});

it('refreshes on demand when the timer is dead', async () => {
  const browser = createBrowserClient();
  const dave = 'dave@evergreen.example';
  await signIn(browser, app.origin, dave);
  await clock.advance(7 * minute, [app]);
  const refreshesBefore = refreshes().length;
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => browser.request(`${app.origin}/me`)),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
  // Requests make up for the timer, so that others are refreshed too.
  const made = refreshes().slice(refreshesBefore);
  expect(made.filter((call) => call.userOid === oidOf(dave))).toHaveLength(1);
  expect(await sessionOf(browser)).toMatchObject({ lastRefreshedBy: 'request', state: 'active' });
});

it('answers, and keeps the session, when the token endpoint hangs', async () => {
  const browser = createBrowserClient();
  await signIn(browser, app.origin, 'carol@evergreen.example');
  await clock.advance(7 * minute, [app]);
  world.identityProvider.faults.set({ kind: 'hold', match: { grantType: 'refresh_token' } });
  const hanging = await browser.request(`${app.origin}/me`);
  expect(hanging.status).toBe(503);
  expect(hanging.headers.get('retry-after')).toMatch(/^\d+$/);
  world.identityProvider.faults.clear();
  // However the refresh that hung ends: its lease and its back-off are over in the end.
  await until(async () => {
    await clock.advance(10_000, [app]);
    return (await browser.request(`${app.origin}/me`)).status === 200;
  });
});

it('keeps what a sign-in brought while a refresh was under way', async () => {
  const bob = 'bob@evergreen.example';
  const browser = createBrowserClient();
  await signIn(browser, app.origin, bob);
  await clock.advance(7 * minute, [app]);
  const hold = world.identityProvider.faults.next(1, {
    kind: 'hold',
    match: { grantType: 'refresh_token', userOid: oidOf(bob) },
  });
  const me = browser.request(`${app.origin}/me`);
  await hold.held;
  await signIn(browser, app.origin, bob, '?scope=Mail.Read');
  await clock.advance(1000, [app]);
  hold.release();
  await me;
  const { scopes } = await sessionOf(browser);
  expect(scopes).toEqual(expect.arrayContaining(['User.Read', 'Mail.Read']));
});

it('leaves the tokens as they were when a refresh fails, and serves them while they are valid', async () => {
  const browser = createBrowserClient();
  await signIn(browser, app.origin, 'alice@evergreen.example');
  const before = await sessionOf(browser);
  await clock.advance(5 * minute, [app]);
  world.identityProvider.faults.set({ kind: 'answer', status: 503, body: 'busy' });
  await app.runTimer('refresh-sweep');
  await until(async () => (await sessionOf(browser))['state'] === 'degraded');
  expect(await sessionOf(browser)).toEqual({
    ...before,
    state: 'degraded',
    idleExpiresAt: expect.any(String),
    nextRefreshAt: expect.any(String),
  });
  expect((await browser.request(`${app.origin}/me`)).status).toBe(200);

  await clock.advance(2 * minute, [app]);
  const expired = await browser.request(`${app.origin}/me`);
  expect(expired.status).toBe(503);
  expect(expired.headers.get('retry-after')).toMatch(/^\d+$/);

  world.identityProvider.faults.clear();
  await clock.advance(minute, [app]);
  expect((await browser.request(`${app.origin}/me`)).status).toBe(200);
  expect(await sessionOf(browser)).toMatchObject({ state: 'active' });
});
