import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { type BrowserClient, createBrowserClient, signIn } from '../support/browser-client.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { openCaches } from '../support/opened-rows.ts';
import { startWorld, type World } from '../support/world.ts';

const users = generateUsers(50);
const copies = 20;

let world: World;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users, accessTokenSeconds: 3600 });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** A machine that is too slow for so much at once says when to come back. */
async function askAsLongAsTold(browser: BrowserClient, url: string): Promise<Response> {
  for (let left = 5; ; left--) {
    const response = await browser.request(url);
    const seconds = Number(response.headers.get('retry-after'));
    if (response.status !== 503 || !seconds || left === 0) return response;
    await sleep(seconds * 1000);
  }
}

it('mixes nobody up: 50 users, 20 requests each at once, expired tokens, two instances', async () => {
  const apps = [await world.startApp(), await world.startApp()];
  const browsers = new Map<string, BrowserClient>();
  for (const user of users) {
    const browser = createBrowserClient();
    await signIn(browser, world.origin, user.username, '?returnTo=/health/live');
    browsers.set(user.oid, browser);
  }
  await clock.advance(2 * 60 * 60_000, apps);
  const callsBefore = world.identityProvider.tokenCalls.length;

  const answers = await Promise.all(
    [...browsers].flatMap(([oid, browser]) =>
      Array.from({ length: copies }, async (_, copy) => {
        const app = apps[copy % apps.length];
        const response = await askAsLongAsTold(browser, `${app?.origin}/me`);
        return { oid, status: response.status, body: (await response.json()) as { id: string } };
      }),
    ),
  );

  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(answers.filter(({ oid, body }) => body.id !== oid)).toEqual([]);
  const calls = world.identityProvider.tokenCalls.slice(callsBefore);
  for (const { oid } of users) {
    const mine = calls.filter((call) => call.userOid === oid);
    expect(mine.length).toBeGreaterThanOrEqual(1);
    expect(mine.length).toBeLessThanOrEqual(apps.length);
  }
  const caches = await openCaches(world);
  expect(caches).toHaveLength(users.length);
  for (const { user, entries } of caches) {
    const accounts = Object.values(entries['Account'] ?? {});
    const hashes = accounts.map(({ local_account_id: oid = '' }) =>
      userHash({ oid, tid: world.identityProvider.tenantId }),
    );
    expect(hashes).toEqual([user]);
  }
});
