import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIdentityProvider } from '../../dev/identity-provider/identity-provider.ts';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { startedSignIn } from '../support/attempted-sign-in.ts';
import { inBatches } from '../support/batches.ts';
import { type BrowserClient, createBrowserClient } from '../support/browser-client.ts';
import { bundlePaths, everyMethod } from '../support/bundle-routes.ts';
import { sendExactly, statusOfBytes } from '../support/exact-request.ts';
import { mutatedCookies } from '../support/mutated-cookies.ts';
import { ownProfile, signedInPerson } from '../support/people.ts';
import { dumpQueues, dumpText } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader } from '../support/world-state.ts';

const users = [...generateUsers(40)];

let world: World;
let app: App;

beforeAll(async () => {
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
});

afterAll(() => world.close());

const newPerson = () => signedInPerson(world, users.pop());
const ownPage = () => ({ 'x-csrf': '1', origin: world.origin });
const sessionOf = ({ cookies }: BrowserClient) => cookies.get('session') ?? '';

async function statusOfMe(session: string): Promise<number> {
  const headers = { cookie: `session=${session}` };
  return (await fetch(`${world.origin}/me`, { headers })).status;
}

describe('cookie attributes', () => {
  /** Name, length of the value, and attributes but for the age, of the cookies of a sign-in. */
  async function cookiesOf(publicBaseUrl: string, { origin }: App, authority: string) {
    const browser = createBrowserClient();
    const begun = await browser.request(`${origin}/login`);
    const isCallback = (url: string) => url.startsWith(`${publicBaseUrl}/callback`);
    const page = await browser.navigate(begun.headers.get('location') ?? '');
    const body = new URLSearchParams({ user: users.pop()?.username ?? '' });
    const { url } = await browser.navigate(page.url, { method: 'POST', body }, isCallback);
    expect(page.url.startsWith(authority)).toBe(true);
    const ended = await browser.request(url.replace(publicBaseUrl, origin));
    const { searchParams } = new URL(begun.headers.get('location') ?? '');
    expect(searchParams.get('redirect_uri')).toBe(`${publicBaseUrl}/callback`);
    const [started, completed] = [begun, ended].map(({ headers }) => headers.getSetCookie());
    return [...(started ?? []), ...(completed ?? [])].map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      expect(pair.length).toBeLessThanOrEqual(4_096);
      const all = attributes.map((text) => text.toLowerCase()).sort();
      return [pair.split('=')[0]?.replace(/\d$/, 'N'), all.join(' ')];
    });
  }
  const common = 'httponly';
  const days = 7 * 24 * 60 * 60;

  it('on https they are for this host alone, and never go out in the clear', async () => {
    const publicBaseUrl = 'https://app.example';
    const identityProvider = await startIdentityProvider({
      ...{ users: world.identityProvider.users, redirectUris: [`${publicBaseUrl}/callback`] },
    });
    try {
      const environment = { ...identityProvider.settings(), PUBLIC_BASE_URL: publicBaseUrl };
      const secure = await world.startApp({ queues: false, environment });
      const rest = 'path=/ samesite=lax secure';
      expect(await cookiesOf(publicBaseUrl, secure, identityProvider.origin)).toEqual([
        ['__Host-sign-in-N', `${common} max-age=600 ${rest}`],
        ['__Host-session', `${common} max-age=${days} ${rest}`],
        ['__Host-sign-in-N', `${common} max-age=0 ${rest}`],
      ]);
      const { browser } = await newPerson();
      const ask = async (name: string) => {
        const headers = { cookie: `${name}=${sessionOf(browser)}` };
        return (await fetch(`${secure.origin}/session`, { headers })).status;
      };
      expect([await ask('session'), await ask('__Host-session')]).toEqual([401, 200]);
    } finally {
      await identityProvider.close();
    }
  });

  it('on a loopback address they are the same, but for that', async () => {
    const rest = 'path=/ samesite=lax';
    expect(await cookiesOf(world.origin, app, world.identityProvider.origin)).toEqual([
      ['sign-in-N', `${common} max-age=600 ${rest}`],
      ['session', `${common} max-age=${days} ${rest}`],
      ['sign-in-N', `${common} max-age=0 ${rest}`],
    ]);
  });

  it('a session is 256 random bits, and sign-out takes its cookie back', async () => {
    const people = [await newPerson(), await newPerson(), await newPerson()];
    const ids = people.map(({ browser }) => sessionOf(browser).split('.')[1] ?? '');
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(Buffer.from(id, 'base64url')).toHaveLength(32);
    const [person] = people;
    const init = { method: 'POST', headers: ownPage() };
    const response = await person?.browser.request(`${world.origin}/logout`, init);
    const [line = '', ...more] = response?.headers.getSetCookie() ?? [];
    expect(more).toEqual([]);
    const [pair, ...attributes] = line.split('; ');
    expect([pair, ...attributes.sort()]).toEqual([
      ...['session=', common, 'max-age=0', 'path=/', 'samesite=lax'],
    ]);
  });
});

describe('mutated cookies', () => {
  it('are nobody’s, and never an error of ours', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const value = sessionOf(person.browser);
    const mutated = mutatedCookies(
      { name: 'session', value, other: sessionOf(other.browser) },
      { seed: 20261129, count: 60 },
    );
    const answers = await inBatches(mutated, 20, async ({ header, kind, intact }) => {
      const answer = await sendExactly(world.origin, { path: '/me', headers: { cookie: header } });
      return { kind, right: answer.status === (intact ? 200 : 401) };
    });
    expect(answers.filter(({ right }) => !right)).toEqual([]);
    expect(await person.me()).toEqual(ownProfile);
  });

  it('nor are those that the host itself refuses', async () => {
    const { browser } = await newPerson();
    const bytes = (cookie: string) =>
      Buffer.from(`GET /me HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`, 'latin1');
    for (const cookie of [
      ...[`session=${'x'.repeat(100_000)}`, `session=${sessionOf(browser)}\0`, 'session=\0'],
      ...[`session=${sessionOf(browser)}${'x'.repeat(14_000)}`, 'session=%%', 'session=\xff\xfe'],
      ...["session=' or PartitionKey ne '", `session="${"' or 1 eq 1"}"`, '=', 'session'],
    ]) {
      const status = await statusOfBytes(world.origin, bytes(cookie));
      expect(status, `${cookie.slice(0, 9)}, ${cookie.length} long`).toBeOneOf([400, 401, 431]);
    }
  });
});

it('cookie value at rest: neither it nor its bytes are in a table or queue, only its hash', async () => {
  const { browser } = await newPerson();
  const value = sessionOf(browser);
  const id = value.split('.')[1] ?? '';
  const bytes = Buffer.from(id, 'base64url');
  const { connectionString } = world.azurite;
  const places = [await dumpText(connectionString), ...(await dumpQueues(connectionString))];
  for (const secret of [
    value,
    id,
    ...(['hex', 'base64', 'latin1'] as const).map((encoding) => bytes.toString(encoding)),
  ]) {
    expect(places.findIndex((text) => text.includes(secret))).toBe(-1);
  }
  expect(places[0]).toContain(createHash('sha256').update(id).digest('hex'));
});

describe('cached answers', () => {
  it('none of any route may be kept, with a session or without', async () => {
    const { browser } = await newPerson();
    const paths = bundlePaths();
    expect(paths.length).toBeGreaterThan(18);
    for (const path of paths) {
      for (const method of everyMethod) {
        for (const cookie of ['a=b', cookieHeader(browser)]) {
          const answer = await sendExactly(world.origin, { path, method, headers: { cookie } });
          expect(answer.header('cache-control'), `${method} ${path}`).toBe('no-store');
        }
      }
    }
    // Nothing of this was a sign-out.
    expect(await statusOfMe(sessionOf(browser))).toBe(200);
  });

  it('nor one that gives, needs or takes back a session', async () => {
    const { browser, callback } = await startedSignIn(world, users.pop() ?? { username: '' });
    const answers = [await browser.request(callback)];
    world.graph.faults.next(1, {
      ...{ kind: 'answer', status: 200, body: {} },
      headers: {
        'cache-control': 'public, max-age=3600',
        expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
      },
    });
    for (const path of ['/graph/me', '/me', '/session', '/sessions', '/']) {
      answers.push(await browser.request(world.origin + path));
    }
    const { sessions } = await (await browser.request(`${world.origin}/sessions`)).json();
    const unsafe = { headers: ownPage() };
    const name = `/sessions/${sessions[0].id}`;
    answers.push(await browser.request(world.origin + name, { method: 'DELETE', ...unsafe }));
    for (const [method, path] of [
      ['POST', '/logout'],
      ['DELETE', '/me/data'],
    ]) {
      const person = await newPerson();
      answers.push(
        await person.browser.request(`${world.origin}${path}`, { method: method ?? '', ...unsafe }),
      );
    }
    expect(answers.map(({ status }) => status)).not.toContain(401);
    for (const { headers, url } of answers) {
      expect(headers.get('cache-control'), new URL(url).pathname).toBe('no-store');
      expect(headers.get('expires')).toBeNull();
    }
  });
});
