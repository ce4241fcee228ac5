import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { openTab, signedInView } from '../support/pages.ts';
import { startWorld, type World } from '../support/world.ts';

describe.skipIf(skipsBrowser)('with a keyboard alone, in a real browser', () => {
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

  const focused = (page: Page, selector: string) =>
    page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);

  const longestWay = 60;

  /** Presses Tab until something has the focus, which must be visible. */
  async function tabTo(page: Page, selector: string): Promise<void> {
    for (let presses = 0; presses < longestWay; presses++) {
      await page.keyboard.press('Tab');
      if (!(await focused(page, selector))) continue;
      const outline = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement as Element);
        return outlineStyle === 'none' ? 0 : Number.parseFloat(outlineWidth);
      });
      expect(outline).toBeGreaterThan(1);
      return;
    }
    throw new Error(`Tab does not lead to ${selector}`);
  }

  it('one signs in, explores, changes their mind about deleting, and signs out', async () => {
    const { page, complaints } = await openTab(browser);
    await page.goto(world.origin);
    await page.keyboard.press('Tab');
    expect(await focused(page, '.skip')).toBe(true);
    await page.keyboard.press('Enter');
    expect(await focused(page, '#main')).toBe(true);
    await tabTo(page, '#sign-in');
    await page.keyboard.press('Enter');
    await page.waitForSelector('button[name="user"]');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${world.origin}/`);
    await signedInView(page);

    await tabTo(page, '#resource');
    await page.keyboard.type('GET /me');
    await tabTo(page, '#explorer form button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#explorer pre');
    expect(await focused(page, '#explorer form button')).toBe(true);
    expect(await page.textContent('#announcer')).toMatch(/^200 /);
    await tabTo(page, '#explorer pre');

    await tabTo(page, '#data button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    expect(await focused(page, 'dialog button')).toBe(true);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'hidden' });
    expect(await focused(page, '#data button')).toBe(true);

    await page.reload();
    await signedInView(page);
    await tabTo(page, '#sign-out');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#sign-in:visible');
    expect(complaints).toEqual([]);
  });

  it('every control has a name, and headings have an order', async () => {
    const { page } = await openTab(browser);
    await page.goto(`${world.origin}/login?returnTo=/`);
    await page.click('button[name="user"]');
    await signedInView(page);
    const headings = await page.evaluate(() =>
      [...document.querySelectorAll('h1, h2, h3')]
        .filter((heading) => heading.checkVisibility())
        .map(({ tagName }) => tagName),
    );
    expect(headings[0]).toBe('H1');
    expect(headings.filter((name) => name === 'H1')).toHaveLength(1);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('button, a, input, select')]
        .filter(
          (control) =>
            !control.textContent?.trim() &&
            !control.getAttribute('aria-label') &&
            (control as HTMLInputElement).labels?.length !== 1,
        )
        .map(({ outerHTML }) => outerHTML),
    );
    expect(nameless).toEqual([]);
  });
});
