import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { inBatches } from '../support/batches.ts';
import { createBrowserClient, signInUpToCallback } from '../support/browser-client.ts';
import { hostileReturnTo } from '../support/hostile-return-to.ts';
import { startWorld, type World } from '../support/world.ts';

const atOnce = 20;
/** One for each sign-in of a batch: one person can't sign in so often at once. */
const users = generateUsers(atOnce);
/** A lone surrogate has no UTF-8, hence no place in a URL. */
const values = hostileReturnTo.filter((value) => value.isWellFormed());

let world: World;
let app: App;
let authorizationRequests = 0;

function countAuthorizationRequest(message: unknown): void {
  const { request } = message as { request: IncomingMessage };
  if (request.url?.includes('/authorize')) authorizationRequests += 1;
}

beforeAll(async () => {
  // The stand-in is in this process, the app in one of its own.
  subscribe('http.server.request.start', countAuthorizationRequest);
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
});

beforeEach(() => {
  authorizationRequests = 0;
});

afterAll(async () => {
  unsubscribe('http.server.request.start', countAuthorizationRequest);
  await world.close();
});

/** As somebody's browser does, which follows what it is told to. */
async function refusalOf(value: string): Promise<Record<string, unknown>> {
  const browser = createBrowserClient();
  const headers = { accept: 'application/json' };
  const url = `${app.origin}/login?returnTo=${encodeURIComponent(value)}`;
  const { response, body } = await browser.navigate(url, { headers });
  const { code } = JSON.parse(body) as { code: string };
  return {
    ...{ value, status: response.status, code },
    cookies: response.headers.getSetCookie(),
    location: response.headers.get('location'),
  };
}

/** Where a sign-in with this value ends: undefined if it does not begin. */
async function destinationOf(value: string, index = 0): Promise<string | null | undefined> {
  const browser = createBrowserClient();
  const query = `?returnTo=${encodeURIComponent(value)}`;
  const { status } = await browser.request(`${app.origin}/login${query}`);
  if (status === 400) return undefined;
  const username = users[index % atOnce]?.username ?? '';
  const callback = await signInUpToCallback(browser, app.origin, username, query);
  return (await browser.request(callback)).headers.get('location');
}

/** Anything else is null: the answer to a sign-in that went wrong, or a way out. */
function isLocal(destination: string | null): boolean {
  return (
    destination !== null &&
    /^\/(?![/\\])/.test(destination) &&
    new URL(destination, app.origin).origin === app.origin
  );
}

it('no hostile value begins a sign-in', async () => {
  const refusals = await inBatches(values, atOnce, refusalOf);
  expect(refusals).toEqual(
    values.map((value) => ({
      ...{ value, status: 400, code: 'invalid_request' },
      ...{ cookies: [], location: null },
    })),
  );
  expect(authorizationRequests).toBe(0);
});

it('a proper value begins one', async () => {
  expect(await destinationOf('/inbox?page=2#top')).toBe('/inbox?page=2#top');
  expect(authorizationRequests).toBeGreaterThan(0);
});

it('a value that is percent-encoded twice is refused, or a local path', async () => {
  const encoded = values.map((value) => encodeURIComponent(value));
  const destinations = await inBatches(encoded, atOnce, destinationOf);
  expect(escaping(encoded, destinations)).toEqual([]);
});

it('a value that is so but for its first slash is refused, or a local path', async () => {
  const encoded = values
    .filter((value) => value.startsWith('/'))
    .map((value) => `/${encodeURIComponent(value.slice(1))}`);
  const destinations = await inBatches(encoded, atOnce, destinationOf);
  expect(escaping(encoded, destinations)).toEqual([]);
  expect(destinations).toContain(undefined);
});

function escaping(
  encoded: readonly string[],
  destinations: readonly (string | null | undefined)[],
): unknown[] {
  return destinations
    .map((destination, index) => ({ value: encoded[index], destination }))
    .filter(({ destination }) => destination !== undefined && !isLocal(destination));
}
