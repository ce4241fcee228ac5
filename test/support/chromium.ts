import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && existsSync(path));

const reason = 'no Chromium: install it, or set CHROMIUM_PATH';

/** Tests in a browser are skipped where there is none, unless REQUIRE_BROWSER is 1. */
export const skipsBrowser = !executablePath && process.env['REQUIRE_BROWSER'] !== '1';

if (skipsBrowser) console.warn(`The browser tests are skipped: ${reason}.`);

/** @throws where there is no Chromium */
export async function launchChromium(): Promise<Browser> {
  if (!executablePath) throw new Error(`The browser tests can’t run: ${reason}.`);
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
