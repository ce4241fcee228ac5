import { expect, it } from 'vitest';
import { buildWeb } from '../../../build.ts';
import { homePage } from '../../../src/lib/http/pages/home-page.ts';
import { statusPage } from '../../../src/lib/http/pages/status-page.ts';

const routes = [{ method: 'GET', template: '/me', scopes: ['User.Read'] }];
const pages = [
  homePage({ signedIn: { scopes: ['User.Read'], routes }, device: true }),
  homePage({ signedIn: undefined, device: false }),
  statusPage(),
];

it('a page and all that it loads are smaller than 60 KB', async () => {
  const assets = Object.values(await buildWeb());
  const bytes = [...assets.map(({ body }) => body), pages[0] ?? ''].map((text) =>
    Buffer.byteLength(text),
  );
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(60_000);
  expect(Math.min(...bytes)).toBeGreaterThan(100);
});

it('files have names of their content', async () => {
  for (const { path } of Object.values(await buildWeb())) {
    expect(path).toMatch(/^\/(page|icon)-[A-Z0-9]{8}\.(js|css|svg)$/);
  }
});

it('pages load only these files, and hold no script or style of their own', async () => {
  const paths = Object.values(await buildWeb()).map(({ path }) => path);
  for (const page of pages) {
    const loaded = [...page.matchAll(/<(?:link|script|img)[^>]* (?:href|src)="([^"]+)"/g)];
    expect(new Set(loaded.map(([, path]) => path))).toEqual(new Set(paths));
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
    for (const [tag] of page.matchAll(/<script[^>]*>/g)) {
      expect(tag).toMatch(/ src="|type="application\/json"/);
    }
  }
});

it('data for the script can’t end its element', () => {
  const signedIn = { scopes: ['</script><script>alert(1)'], routes };
  const page = homePage({ signedIn, device: false });
  expect(page).not.toContain('</script><script>alert');
  const [, json = ''] = /id="home-data">(.*?)<\/script>/.exec(page) ?? [];
  expect(JSON.parse(json)).toEqual(signedIn);
});
