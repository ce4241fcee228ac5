import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { outcomeOf, refused, startedSignIn } from '../support/attempted-sign-in.ts';
import { inBatches } from '../support/batches.ts';
import { createBrowserClient } from '../support/browser-client.ts';
import { sendExactly } from '../support/exact-request.ts';
import { hostileReturnTo } from '../support/hostile-return-to.ts';
import { signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader } from '../support/world-state.ts';

const atOnce = 20;
const users = [...generateUsers(40)];

let world: World;
let app: App;

beforeAll(async () => {
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
  // Makes the data key, which is the first row.
  await fetch(`${world.origin}/login`, { redirect: 'manual' });
});

afterAll(() => world.close());

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

let turn = 0;

/** One for each sign-in of a batch: one person can't sign in so often at once. */
function nextOfBatch(): StandInUser {
  const user = generateUsers(atOnce)[turn++ % atOnce];
  if (!user) throw new Error('no users');
  return user;
}

const ownPage = () => ({ 'x-csrf': '1', origin: world.origin });

/** Where a browser is sent, and with what. */
const loginOf = (headers: Record<string, string> = {}, query = '') =>
  sendExactly(app.origin, { path: `/login${query}`, headers });

const isLocal = (location: string) =>
  /^\/(?![/\\])/.test(location) && new URL(location, app.origin).origin === app.origin;

describe('open redirect', () => {
  const values = hostileReturnTo.filter((value) => value.isWellFormed());
  const encodings: [string, (value: string) => string][] = [
    ['as it is', encodeURIComponent],
    ['encoded twice', (value) => encodeURIComponent(encodeURIComponent(value))],
    [
      'encoded three times',
      (value) => encodeURIComponent(encodeURIComponent(encodeURIComponent(value))),
    ],
  ];

  it.each(encodings)('no hostile returnTo, %s, leads away', async (name, encode) => {
    const answers = await inBatches(values, atOnce, (value) =>
      loginOf({}, `?returnTo=${encode(value)}`),
    );
    const begun = values.filter((_, index) => answers[index]?.status !== 400);
    const leaks = answers.filter(({ status, cookies, header }) =>
      status === 400 ? cookies.length > 0 || header('location') : status !== 302,
    );
    expect(leaks).toHaveLength(0);
    expect(values.length).toBeGreaterThan(800);
    if (name === 'as it is') expect(begun).toEqual([]);
    const destinations = await inBatches(begun, atOnce, async (value) => {
      const started = await startedSignIn(world, nextOfBatch(), `?returnTo=${encode(value)}`);
      const { headers } = await started.browser.request(started.callback);
      return headers.get('location') ?? '';
    });
    expect(destinations.filter((destination) => !isLocal(destination))).toEqual([]);
  });

  it('no other parameter of /login or /callback does either', async () => {
    const names = ['returnUrl', 'return_to', 'redirect', 'redirect_uri', 'next', 'url', 'rd'];
    const query = names.map((name) => `${name}=https://evil.example`).join('&');
    const { browser, callback } = await startedSignIn(
      world,
      nextUser(),
      `?returnTo=/inbox&${query}`,
    );
    const more = `&returnTo=https://evil.example&${query}`;
    const { headers } = await browser.request(callback + more);
    expect(headers.get('location')).toBe('/inbox');
  });

  it('after sign-out there is one place to go', async () => {
    const names = ['returnTo', 'post_logout_redirect_uri', 'redirect_uri', 'state', 'logoutUrl'];
    for (const value of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const { browser } = await signedInPerson(world, nextUser());
      const query = new URLSearchParams(names.map((name) => [name, value]));
      const init = { method: 'POST', headers: ownPage() };
      const response = await browser.request(`${app.origin}/logout?${query}`, init);
      expect([response.status, response.headers.get('location')]).toEqual([200, null]);
      const { origin, searchParams } = new URL((await response.json()).logoutUrl);
      expect(origin).toBe(world.identityProvider.origin);
      expect(searchParams.getAll('post_logout_redirect_uri')).toEqual([`${world.origin}/`]);
    }
  });
});

describe('parameter pollution and method confusion', () => {
  it('a parameter that is there twice is refused, and uses nothing up', async () => {
    const { browser, callback } = await startedSignIn(world, nextUser());
    const own = new URL(callback).searchParams;
    for (const name of ['state', 'code', 'iss']) {
      for (const value of [own.get(name) ?? '', 'other', '']) {
        const url = `${callback}&${name}=${encodeURIComponent(value)}`;
        expect(await outcomeOf(world, () => browser.request(url)), name).toEqual(refused);
      }
    }
    const errors = () => browser.request(`${callback}&error=a&error=access_denied`);
    expect(await outcomeOf(world, errors)).toEqual(refused);
    expect((await browser.request(callback)).status).toBe(302);
    const names = ['returnTo', 'scope', 'claims', 'login_hint', 'domain_hint', 'prompt'];
    for (const name of names) {
      const { status, cookies } = await loginOf({}, `?${name}=/&${name}=/`);
      expect([name, status, cookies]).toEqual([name, 400, []]);
    }
  });

  it.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'a callback by %s is 405, and uses nothing up',
    async (method) => {
      const { browser, callback } = await startedSignIn(world, nextUser());
      const headers = { ...ownPage(), 'content-type': 'application/x-www-form-urlencoded' };
      const { search } = new URL(callback);
      for (const url of [callback, `${app.origin}/callback`]) {
        const body = method === 'HEAD' ? null : search.slice(1);
        const attempt = () => browser.request(url, { method, headers, body });
        expect(await outcomeOf(world, attempt)).toEqual({ ...refused, status: 405 });
      }
      expect((await browser.request(callback)).status).toBe(302);
    },
  );

  it('GET of /logout ends no session, whatever method it says it means', async () => {
    const person = await signedInPerson(world, nextUser());
    for (const query of ['', '?_method=POST', '?everywhere=true']) {
      const headers = { ...ownPage(), 'x-http-method-override': 'POST', 'x-http-method': 'POST' };
      const response = await person.browser.request(`${app.origin}/logout${query}`, { headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    expect((await person.me()).status).toBe(200);
  });
});

describe('error reflection', () => {
  const canary = 'canary-4711';
  const text = `<script>alert('${canary}')</script>"onload=${canary} \r\nSet-Cookie: x=${canary}\r\n\r\n`;

  it.each(['text/html', 'application/json'])('nothing of an error is in the %s', async (accept) => {
    const begin = async () => {
      const browser = createBrowserClient();
      const { headers } = await browser.request(`${app.origin}/login`);
      const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
      return { browser, state };
    };
    const known = ['access_denied', 'login_required', 'server_error', 'x'];
    for (const error of [...known, text, `access_denied${text}`]) {
      const { browser, state } = await begin();
      for (const given of [state, text]) {
        const query = new URLSearchParams({
          ...{ error, state: given, error_description: text, error_uri: text },
          ...{ error_subcode: text, suberror: text, trace_id: text },
        });
        const { status, header, cookies, body } = await sendExactly(app.origin, {
          path: `/callback?${query}`,
          headers: { accept, cookie: cookieHeader(browser) },
        });
        expect(status).toBeOneOf([400, 401, 403, 503]);
        expect(cookies).toEqual([]);
        expect(body.includes(canary)).toBe(false);
        expect(body.toLowerCase()).not.toContain('<script>');
        expect(header('content-type')).toContain(accept === 'text/html' ? accept : 'problem+json');
        expect(header('x-content-type-options')).toBe('nosniff');
        expect(header('content-security-policy')).toContain("default-src 'none'");
      }
    }
    expect(app.log.join('\n').includes(canary)).toBe(false);
  });

  it('nor of other parameters and paths', async () => {
    const value = encodeURIComponent(text);
    const logged = app.log.length;
    for (const path of [
      ...[`/callback?code=${value}&state=${value}&iss=${value}`, `/login?returnTo=${value}`],
      ...[`/login?scope=${value}`, `/login?claims=${value}`, `/login?prompt=${value}`],
      ...[`/${value}`, `/logout/front-channel?sid=${value}`, `/graph/${value}`],
    ]) {
      const { status, cookies, body } = await sendExactly(app.origin, {
        path,
        headers: { accept: 'text/html', 'user-agent': canary },
      });
      expect(status, path).toBeOneOf([400, 401, 404]);
      expect(cookies).toEqual([]);
      expect(body.includes(canary), path).toBe(false);
    }
    const lines = app.log.slice(logged);
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.some((line) => line.startsWith('Set-Cookie') || line === '')).toBe(false);
    expect(lines.filter((line) => line.includes('<script'))).toEqual([]);
  });
});
