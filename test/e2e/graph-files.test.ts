import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import type { BrowserClient } from '../support/browser-client.ts';
import { graphScopes, signedInFor } from '../support/graph-people.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;
let bob: BrowserClient;
let files: { id: string; name: string; size: number; file?: { mimeType: string } }[];

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp({ environment: { GRAPH_SCOPES: graphScopes.join(' ') } });
  bob = await signedInFor(app, 'bob@evergreen.example', ['Files.Read']);
  const children = await bob.request(`${app.origin}/graph/me/drive/root/children`);
  files = (await children.json()).value;
});

afterAll(() => world.close());

function content(matches: (file: (typeof files)[number]) => boolean, headers = {}) {
  const file = files.find((candidate) => candidate.file && matches(candidate));
  if (!file) throw new Error('there is no such file');
  return bob.request(`${app.origin}/graph/me/drive/items/${file.id}/content`, { headers });
}

const isLarge = ({ size }: { size: number }) => size > 16 * 1024 * 1024;

it('a photo comes as it is', async () => {
  const photo = await bob.request(`${app.origin}/graph/me/photo/$value`);
  expect(photo.headers.get('content-type')).toMatch(/^image\//);
  expect(photo.headers.get('x-content-type-options')).toBe('nosniff');
  const bytes = Buffer.from(await photo.arrayBuffer());
  expect(['89504e47', 'ffd8ffe0', 'ffd8ffdb']).toContain(bytes.subarray(0, 4).toString('hex'));
});

it('a file is fetched from where Graph says it is, without the token', async () => {
  const response = await content(({ size }) => size > 100_000 && size < 1_000_000);
  expect(response.status).toBe(200);
  expect(response.headers.get('location')).toBeNull();
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
  const [redirected, downloaded] = world.graph.calls.slice(-2);
  expect(redirected).toMatchObject({ status: 302, authorized: true });
  expect(downloaded).toMatchObject({ status: 200, authorized: false });
});

it('a page in a file runs nothing', async () => {
  const response = await content(({ file }) => file?.mimeType.startsWith('text/html') === true);
  expect(await response.text()).toContain('<script');
  expect(response.headers.get('content-disposition')).toBe('attachment');
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
});

it('a file that is too large comes in parts', async () => {
  const whole = await content(isLarge);
  expect([whole.status, (await whole.json()).code]).toEqual([502, 'bad_gateway']);
  const part = await content(isLarge, { range: 'bytes=1000-1999' });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toMatch(/^bytes 1000-1999\//);
  expect((await part.arrayBuffer()).byteLength).toBe(1000);
});

it('a redirect to a host without a name is not followed', async () => {
  world.graph.faults.next(1, {
    ...{ kind: 'answer', status: 302, body: '' },
    headers: { location: 'https://169.254.169.254/metadata' },
  } as const);
  const response = await content(() => true);
  expect([response.status, (await response.json()).code]).toEqual([502, 'bad_gateway']);
});
