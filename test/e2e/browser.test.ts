import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { startWorld, type World } from '../support/world.ts';

describe.skipIf(skipsBrowser)('in a real browser', () => {
  let world: World;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
    world = await startWorld();
    await world.startApp();
  });

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  /** A page that fails the test if the browser complains, about our policy for example. */
  async function openPage(): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    return { page, complaints };
  }

  async function signIn(page: Page, username: string): Promise<void> {
    await page.goto(world.origin);
    await page.click('#sign-in');
    await page.click(`button[name="user"][value="${username}"]`);
    await page.waitForURL(`${world.origin}/`);
  }

  it('two people sign in, see their own profile, and one signs out', async () => {
    const alice = await openPage();
    const bob = await openPage();
    await signIn(alice.page, 'alice@evergreen.example');
    await signIn(bob.page, 'bob@evergreen.example');
    expect(await alice.page.textContent('#user')).toBe('Alice Example');
    expect(await bob.page.textContent('#user')).toBe('Bob Sample');

    await alice.page.click('a[href="/me"]');
    await alice.page.waitForURL(`${world.origin}/me`);
    expect(await alice.page.textContent('body')).toContain('alice@evergreen.example');
    await alice.page.goto(world.origin);

    await alice.page.click('#sign-out');
    await alice.page.waitForURL(`${world.origin}/`);
    await alice.page.waitForSelector('#sign-in');
    expect((await alice.page.goto(`${world.origin}/me`))?.status()).toBe(401);

    await bob.page.reload();
    expect(await bob.page.textContent('#user')).toBe('Bob Sample');
    expect(bob.complaints).toEqual([]);
  });
});
