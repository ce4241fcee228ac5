import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { createMovingClock } from '../support/moving-clock.ts';
import {
  manyScopes,
  openTab,
  overhang,
  seriousFindings,
  signedInView,
  signInAt,
  type Tab,
  takeScreenshot,
} from '../support/pages.ts';
import { startWorld, type World } from '../support/world.ts';

const alice = 'alice@evergreen.example';
const bob = 'bob@evergreen.example';

/** Each view, and how to get there. */
const views: [string, (page: Page, world: World) => Promise<void>][] = [
  [
    'signed-out',
    async (page, { origin }) => {
      await page.goto(origin);
    },
  ],
  ['signed-in', (page, world) => signInAt(page, world, alice)],
  [
    'explorer',
    async (page, world) => {
      await signInAt(page, world, alice);
      await page.goto(`${world.origin}/login?scope=Mail.Read&returnTo=/`);
      await signedInView(page);
      await page.selectOption('#resource', 'GET /me/messages');
      await page.click('#explorer form button');
      await page.waitForSelector('#explorer pre');
    },
  ],
  [
    'consent',
    async (page, world) => {
      await signInAt(page, world, 'carol@evergreen.example');
      await page.selectOption('#resource', 'GET /me/events');
      await page.click('#explorer form button');
      await page.waitForSelector('#explorer .problem');
    },
  ],
  [
    'deleting',
    async (page, world) => {
      await signInAt(page, world, alice);
      await page.click('#data button');
    },
  ],
  [
    'status',
    async (page, { origin }) => {
      await page.goto(`${origin}/status`);
      await page.waitForSelector('#upkeep');
    },
  ],
  [
    'problem',
    async (page, { origin }) => {
      await page.goto(`${origin}/callback?error=access_denied&state=x`);
    },
  ],
];

const looks = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'narrow', options: { viewport: { width: 360, height: 740 } } },
] as const;

describe.skipIf(skipsBrowser)('in a real browser', () => {
  let world: World;
  let app: App;
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
    world = await startWorld();
    app = await world.startApp({ environment: manyScopes });
  });

  // As often as its schedule has it, however long all of this takes.
  beforeEach(() => app.runTimer('refresh-sweep'));

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  /** A refused request is in the console as well, by the browser's own doing. */
  const isRefusal = (complaint: string) => /status of 40[034] /.test(complaint);

  const ownComplaints = ({ complaints }: Tab) => complaints.filter((each) => !isRefusal(each));

  // SCREENSHOTS=docs/images npm exec -- vitest run --project e2e test/e2e/browser-views.test.ts -t README
  it.runIf(process.env['SCREENSHOTS'])('README’s picture is taken', async () => {
    const { page } = await openTab(browser, { viewport: { width: 1200, height: 1180 } });
    // The token has lived for a while.
    const clock = createMovingClock();
    await clock.advance(-22 * 60_000, [app]);
    await signInAt((await openTab(browser)).page, world, bob);
    await signInAt(page, world, bob);
    await page.goto(`${world.origin}/login?scope=Mail.Read&returnTo=/`);
    await clock.advance(22 * 60_000, [app]);
    clock.restore();
    await signedInView(page);
    await page.selectOption('#resource', 'GET /me/messages');
    await page.click('#explorer form button');
    await page.waitForSelector('#explorer pre');
    await page.click('#token h2');
    await page.evaluate(() => scrollTo(0, 0));
    await takeScreenshot(page, 'page', { fullPage: false });
  });

  describe.each(views)('the view %s', (name, open) => {
    it.each(looks)('is well in $name', async ({ name: look, options }) => {
      const tab = await openTab(browser, { ...options, reducedMotion: 'reduce' });
      await open(tab.page, world);
      await takeScreenshot(tab.page, `${name}-${look}`);
      expect(await overhang(tab.page)).toBe(0);
      expect(await seriousFindings(tab.page)).toEqual([]);
      expect(ownComplaints(tab)).toEqual([]);
      await tab.page.context().close();
    });
  });
});
