import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { World } from './world.ts';

/** A tab of a browser of its own. */
export interface Tab {
  page: Page;
  /** What the browser complained of: errors of the script, offences against the policy. */
  complaints: string[];
}

/** All scopes that the stand-in for Graph has something for, of which the sign-in asks one. */
export const manyScopes = {
  GRAPH_SCOPES: 'User.Read User.Read.All Mail.Read Mail.Send Calendars.Read Files.Read',
  GRAPH_SIGNIN_SCOPES: 'User.Read',
};

export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const { url } = message.location();
    // Browsers look for that of their own accord, at the stand-in's pages.
    if (message.type() !== 'error' || url.endsWith('/favicon.ico')) return;
    complaints.push(`${message.text()} ${url}`);
  });
  return { page, complaints };
}

/** Signs in by the page's button and the stand-in's page, and waits for the signed-in view. */
export async function signInAt(page: Page, { origin }: World, username: string): Promise<void> {
  await page.goto(origin);
  await page.click('#sign-in');
  await page.click(`button[name="user"][value="${username}"]`);
  await page.waitForURL(`${origin}/`);
  await signedInView(page);
}

/** The view is whole: Graph and the list of sessions have answered. */
export async function signedInView(page: Page): Promise<void> {
  await page.waitForSelector('#sessions li');
  await page.waitForSelector('#token time');
  await page.waitForLoadState('networkidle');
}

/** Of what axe can't judge by itself: text in a picture has no background that it knows. */
const leftToPeople = new Set(['color-contrast']);

/**
 * What axe finds that is serious or critical, or may be. It runs by the browser's debugging interface, so
 * that the page's policy need not let it in.
 */
export async function seriousFindings(page: Page): Promise<string[]> {
  const debugging = await page.context().newCDPSession(page);
  await debugging.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await debugging.send('Runtime.evaluate', {
    expression: "axe.run(document, { preload: false, resultTypes: ['violations', 'incomplete'] })",
    awaitPromise: true,
    returnByValue: true,
  });
  await debugging.detach();
  const { violations, incomplete } = result.value as axe.AxeResults;
  return [...violations, ...incomplete.filter(({ id }) => !leftToPeople.has(id))]
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

/** Pixels by which the page is wider than the window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** For a person to look at: a file in the folder that SCREENSHOTS names, if it names one. */
export async function takeScreenshot(
  page: Page,
  name: string,
  { fullPage = true } = {},
): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}
