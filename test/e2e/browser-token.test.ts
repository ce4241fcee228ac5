import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { openTab, signedInView, signInAt, takeScreenshot } from '../support/pages.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const minute = 60_000;

describe.skipIf(skipsBrowser)('the life of a token, in a real browser', () => {
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

  afterEach(() => world.identityProvider.faults.clear());

  afterAll(async () => {
    clock?.restore();
    await browser?.close();
    await world?.close();
  });

  const placeOfNow = (page: Page) =>
    page.evaluate(() =>
      Number.parseFloat(document.querySelector('.now')?.getAttribute('cx') ?? ''),
    );

  const requestsOf = (page: Page, path: string) => {
    const seen: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === path) seen.push(request.url());
    });
    return seen;
  };

  it('is a picture that moves, and says the same in words', async () => {
    const { page } = await openTab(browser);
    await signInAt(page, world, 'alice@evergreen.example');
    const before = await placeOfNow(page);
    await until(async () => (await placeOfNow(page)) > before);
    expect(await page.getAttribute('.life', 'aria-label')).toMatch(
      /^Issued: .+\. Next refresh: in \d+ min\. Expires: in 60 min$/,
    );
    expect(await page.getAttribute('.life', 'data-phase')).toBe('fresh');
    expect(await page.textContent('#token .badge')).toBe('Active');
  });

  it('stands still for who wants no motion', async () => {
    const { page } = await openTab(browser, { reducedMotion: 'reduce' });
    await page.clock.install();
    await signInAt(page, world, 'bob@evergreen.example');
    const before = await placeOfNow(page);
    await page.clock.runFor(10_000);
    expect(await placeOfNow(page)).toBe(before);
    expect(
      await page.evaluate(() => {
        const halo = document.querySelector('.halo');
        return halo && getComputedStyle(halo).animationName;
      }),
    ).toBe('none');
  });

  it('goes on by itself when the timer has refreshed it, and asks for nothing before', async () => {
    const { page } = await openTab(browser);
    await page.clock.install();
    await signInAt(page, world, 'carol@evergreen.example');
    const asked = requestsOf(page, '/session');
    await page.clock.runFor(4 * minute);
    expect(asked).toEqual([]);
    expect(await page.textContent('#token .legend')).toContain('by a request');

    await clock.advance(50 * minute, [app]);
    await app.runTimer('refresh-sweep');
    const refreshes = () =>
      world.identityProvider.tokenCalls.filter(({ grantType }) => grantType === 'refresh_token');
    await until(() => refreshes().length > 0);
    await until(async () => {
      await page.clock.runFor(minute);
      return (await page.textContent('#token .legend'))?.includes('by the timer') ?? false;
    });
    expect(asked.length).toBeGreaterThan(0);
    expect(await page.textContent('#announcer')).toBe('The token was refreshed by the timer.');
  });

  it('is left alone while nobody can be there', async () => {
    const { page } = await openTab(browser);
    await page.clock.install();
    await signInAt(page, world, 'alice@evergreen.example');
    const asked = requestsOf(page, '/session');
    await page.clock.runFor(40 * minute);
    await page.waitForSelector('#token >> text=Paused');
    const sofar = asked.length;
    await page.clock.runFor(60 * minute);
    expect(asked).toHaveLength(sofar);
    await page.mouse.move(200, 200);
    await until(() => asked.length > sofar);
    await page.waitForSelector('#token >> text=Paused', { state: 'hidden' });
  });

  it('has ended, and says why, when the sign-in is over', async () => {
    const { page } = await openTab(browser);
    await signInAt(page, world, 'bob@evergreen.example');
    world.identityProvider.faults.next(3, {
      kind: 'answer',
      status: 400,
      body: { error: 'invalid_grant', error_description: 'AADSTS50173', error_codes: [50173] },
    });
    await clock.advance(2 * 60 * minute, [app]);
    await page.goto(world.origin);
    await page.waitForSelector('#profile .problem');
    await page.reload();
    await page.waitForSelector('#token a');
    await page.waitForSelector('#sessions li');
    expect(await page.textContent('#token .badge')).toBe('Sign-in needed');
    expect(await page.textContent('#token .legend')).toContain('Your sessions at Microsoft');
    await takeScreenshot(page, 'reauth-required');
    world.identityProvider.faults.clear();
    await page.click('#token a');
    await page.waitForURL(`${world.origin}/`);
    await signedInView(page);
    expect(await page.textContent('#token .badge')).toBe('Active');
  });
});
