import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoopbackServers, listenOnLoopback } from '../../dev/loopback-servers.ts';
import type { App } from '../support/app.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { until } from '../support/until.ts';
import { startWorld, type World } from '../support/world.ts';

const html = (body: string) => `<!doctype html><title>Elsewhere</title>${body}`;

/** Pages of the other site. `me` is the app's `/me`. */
const pages: Record<string, (me: string) => string> = {
  '/link': (me) => html(`<a href="${me}">Your profile</a>`),
  '/fetch': (me) =>
    html(`<script>fetch("${me}", { mode: "no-cors", credentials: "include" })</script>`),
  '/image': (me) => html(`<img src="${me}">`),
  '/frame': (me) => html(`<iframe src="${me}"></iframe>`),
};

/** What people's browsers are sent to is on the other site; what the app calls stays. */
function metadataElsewhere({ environment }: World): string {
  const metadata = JSON.parse(environment['ENTRA_AUTHORITY_METADATA'] ?? '') as object;
  return JSON.stringify(metadata, (key, value) =>
    key === 'authorization_endpoint' || key === 'end_session_endpoint'
      ? String(value).replace('//localhost:', '//127.0.0.1:')
      : value,
  );
}

/**
 * With a real tenant the app and Entra are two sites; on a laptop both are on `localhost`, which is
 * one. To a browser `127.0.0.1` is another: here people sign in there.
 */
describe.skipIf(skipsBrowser)('between two sites, in a real browser', () => {
  let world: World;
  let app: App;
  let server: LoopbackServers;
  let elsewhere: string;
  let me: string;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    world = await startWorld();
    me = `${world.origin}/me`;
    app = await world.startApp({
      environment: { ENTRA_AUTHORITY_METADATA: metadataElsewhere(world) },
    });
    server = await listenOnLoopback(0, (request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(pages[request.url ?? '']?.(me));
    });
    elsewhere = server.origin.replace('localhost', '127.0.0.1');
    page = await (await browser.newContext()).newPage();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await world?.close();
  });

  let seen = 0;

  /** The next of the app's log lines about requests for /me. */
  async function nextRequestForMe(): Promise<unknown> {
    const requests = () =>
      app.log
        .filter((line) => line.startsWith('{"event":"request"'))
        .map((line) => JSON.parse(line) as { route: string })
        .filter(({ route }) => route === 'me');
    await until(() => requests().length > seen);
    return requests()[seen++];
  }

  it('a sign-in ends at /me, where a cross-site redirect leads', async () => {
    await page.goto(`${world.origin}/login?returnTo=/me`);
    expect(new URL(page.url()).hostname).toBe('127.0.0.1');
    const arrival = page.waitForResponse(me);
    await page.click('button[name="user"][value="alice@evergreen.example"]');
    const response = await arrival;
    expect(await response.request().allHeaders()).toMatchObject({
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    });
    expect(response.status()).toBe(200);
    expect(await response.json()).toMatchObject({ userPrincipalName: 'alice@evergreen.example' });
    await page.waitForURL(me);
    expect(await nextRequestForMe()).toMatchObject({ status: 200 });
  });

  it('a link of the other site leads to /me', async () => {
    await page.goto(`${elsewhere}/link`);
    const arrival = page.waitForResponse(me);
    await page.click('a');
    const response = await arrival;
    expect(response.status()).toBe(200);
    expect((await response.request().allHeaders())['sec-fetch-site']).toBe('cross-site');
    await page.waitForURL(me);
    expect(await nextRequestForMe()).toMatchObject({ status: 200 });
  });

  // Chromium keeps our cookie, which is SameSite=Lax, out of these requests. That they are 403, and
  // not the 401 of a request without a session, shows that the guard doesn't rely on it. The app's
  // log tells, as the answer is kept from the page, and from us, by its resource policy.
  it.each(['/fetch', '/image', '/frame'])('the other site’s %s of /me is refused', async (path) => {
    await page.goto(elsewhere + path);
    expect(await nextRequestForMe()).toMatchObject({ status: 403, code: 'csrf_rejected' });
  });
});
