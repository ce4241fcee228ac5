import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { openTab, overhang, seriousFindings, signInAt, takeScreenshot } from '../support/pages.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const minute = 60_000;

describe.skipIf(skipsBrowser)('the operator’s view, in a real browser', () => {
  let world: World;
  let app: App;
  let browser: Browser;
  let clock: MovingClock;

  beforeAll(async () => {
    clock = createMovingClock();
    browser = await launchChromium();
    world = await startWorld();
    app = await world.startApp();
  });

  afterAll(async () => {
    clock?.restore();
    await browser?.close();
    await world?.close();
  });

  const level = async () => (await fetch(`${app.origin}/health/refresh`)).json();

  it('shows what is not well, and by itself when it is again', async () => {
    const { page } = await openTab(browser);
    await page.clock.install();
    await page.goto(`${world.origin}/status`);
    const lookAgain = async () => {
      const answered = page.waitForResponse('**/health/refresh');
      await page.clock.runFor(30_000);
      await answered;
    };
    await page.waitForSelector('#verdict[data-state="starting"]');
    expect(await page.locator('.problems li').count()).toBe(0);
    await clock.advance(2 * minute, [app]);
    await lookAgain();
    await page.waitForSelector('#verdict[data-state="notOk"]');
    expect(await page.textContent('.problems')).toContain('The timer is late');
    expect(await seriousFindings(page)).toEqual([]);
    await takeScreenshot(page, 'status-late');

    await app.runTimer('refresh-sweep');
    await lookAgain();
    await page.waitForSelector('#verdict[data-state="ok"]');
    expect(await page.textContent('#announcer')).toBe('Tokens are kept fresh');
    expect(await page.locator('.problems li').count()).toBe(0);
  });

  it('shows the figures of GET /health/refresh to who is not signed in', async () => {
    const user = await openTab(browser);
    await signInAt(user.page, world, 'alice@evergreen.example');
    await clock.advance(50 * minute, [app]);
    await app.runTimer('refresh-sweep');
    await until(async () => (await level()).refreshed === 1);
    // That they were overdue is what the sweep before has found.
    await app.runTimer('refresh-sweep');
    await app.runTimer('janitor');
    // Past what the app remembers of its last look.
    await clock.advance(10_000, [app]);
    const { page, complaints } = await openTab(browser);
    await page.goto(`${world.origin}/status`);
    await page.waitForSelector('#upkeep');
    expect(await page.locator('.outcomes dd').allTextContents()).toEqual(['1', '0', '0', '0']);
    expect(await page.textContent('#upkeep')).toContain('0 sessions, ');
    expect(await page.textContent('#upkeep .badge')).toBe('closed');
    expect(await overhang(page)).toBe(0);
    await takeScreenshot(page, 'status-counts');
    expect(complaints).toEqual([]);
  });

  it('says so when there are no figures', async () => {
    const { page } = await openTab(browser);
    await page.route('**/health/refresh', (route) => route.abort());
    await page.goto(`${world.origin}/status`);
    await page.waitForSelector('#status .problem');
    expect(await page.getAttribute('#verdict', 'data-state')).toBe('unknown');
    await page.unroute('**/health/refresh');
    await page.click('text=Try again');
    await page.waitForSelector('#verdict[data-state="ok"]');
  });
});
