import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSignIn } from '../../src/lib/http/sign-in-cookie.ts';
import type { App } from '../support/app.ts';
import { createBrowserClient, signIn, signInUpToCallback } from '../support/browser-client.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { openCaches, sealerOf } from '../support/opened-rows.ts';
import { dumpQueues, dumpText, openTable } from '../support/table-dump.ts';
import { until } from '../support/until.ts';
import { hashOf } from '../support/users.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld();
  app = await world.startApp({ queues: false });
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** Every token in the tables, opened. */
async function tokensOf(of: World): Promise<string[]> {
  const caches = await openCaches(of);
  return caches.flatMap(({ entries }) =>
    Object.values(entries).flatMap((kind) =>
      Object.values(kind).flatMap(({ secret }) => (secret ? [secret] : [])),
    ),
  );
}

it('keeps every token, code, verifier, state and session id out of tables, queue, log and answers', async () => {
  const secrets = new Set<string>();
  const answers: string[] = [];
  const browser = createBrowserClient();
  const ask = async (path: string, init?: RequestInit) => {
    const response = await browser.request(`${app.origin}${path}`, init);
    const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
    answers.push(JSON.stringify(headers), await response.text());
    return response;
  };

  const callback = await signInUpToCallback(browser, app.origin, 'alice@evergreen.example');
  const query = new URL(callback).searchParams;
  for (const name of ['code', 'state']) secrets.add(query.get(name) ?? '');
  for (const [name, cookie] of browser.cookies) {
    if (!name.startsWith('sign-in-')) continue;
    const transaction = await openSignIn(sealerOf(world), cookie);
    for (const secret of [cookie, transaction?.nonce, transaction?.codeVerifier]) {
      secrets.add(secret ?? '');
    }
  }
  await ask(callback.slice(app.origin.length));
  await ask(callback.slice(app.origin.length), { headers: { accept: 'text/html' } });
  secrets.add(browser.cookies.get('session') ?? '');
  secrets.add((browser.cookies.get('session') ?? '').split('.')[1] ?? '');
  for (const path of ['/', '/me', '/session', '/nothing', '/health/ready']) await ask(path);
  for (const secret of await tokensOf(world)) secrets.add(secret);
  await clock.advance(2 * 60 * 60_000, [app]);
  await app.runTimer('refresh-sweep');
  const queue = await dumpQueues(world.azurite.connectionString);
  expect(queue).toHaveLength(1);
  world.identityProvider.faults.next(1, {
    kind: 'answer',
    status: 400,
    body: { error: 'invalid_grant', error_description: 'AADSTS70000: canary-description' },
  });
  secrets.add('canary-description');
  expect((await ask('/me')).status).toBe(401);
  await signIn(browser, app.origin, 'alice@evergreen.example');
  expect((await ask('/me')).status).toBe(200);
  for (const secret of await tokensOf(world)) secrets.add(secret);
  const worker = await world.startApp();
  await clock.advance(2 * 60 * 60_000, [app, worker]);
  world.identityProvider.faults.next(1, {
    kind: 'answer',
    status: 503,
    body: 'canary-unavailable',
  });
  secrets.add('canary-unavailable');
  await worker.runTimer('refresh-sweep');
  await until(() => worker.log.some((line) => line.includes('"action":"refresh"')));
  await clock.advance(60_000, [app, worker]);
  await worker.runTimer('refresh-sweep');
  await until(() => worker.log.some((line) => line.includes('"outcome":"refreshed"')));
  for (const secret of await tokensOf(world)) secrets.add(secret);

  const dump = await dumpText(world.azurite.connectionString);
  const places = {
    dump,
    queue: queue.join('\n'),
    log: [...app.log, ...worker.log].join('\n'),
    answers: answers.join('\n'),
  };
  // Code, state, cookie, nonce, verifier, session id; access, refresh and ID token, old and new.
  expect(secrets.size).toBeGreaterThanOrEqual(13);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10);
    for (const [place, text] of Object.entries(places)) {
      expect(text.includes(secret), `a secret is in the ${place}`).toBe(false);
    }
  }
});

it('takes A’s sealed bytes in B’s row for nothing, and leaves A alone', async () => {
  const [alice, bob] = [createBrowserClient(), createBrowserClient()];
  await signIn(alice, app.origin, 'carol@evergreen.example');
  await signIn(bob, app.origin, 'bob@evergreen.example');
  const tokens = openTable(world.azurite.connectionString, 'tokens');
  const rowOf = async (username: string) => {
    const hash = hashOf(world, username);
    return tokens.getEntity(hash.slice(0, 1), `c|${hash}|code`);
  };
  const [from, to] = [await rowOf('carol@evergreen.example'), await rowOf('bob@evergreen.example')];
  await tokens.updateEntity(
    {
      partitionKey: String(to.partitionKey),
      rowKey: String(to.rowKey),
      cache: from['cache'],
      accessToken: from['accessToken'],
      kid: from['kid'],
    },
    'Merge',
  );

  const refused = await bob.request(`${app.origin}/me`);
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ code: 'reauth_required' });
  expect(app.log.join('\n')).toContain('undecryptable');
  const mine = await alice.request(`${app.origin}/me`);
  expect(await mine.json()).toMatchObject({ userPrincipalName: 'carol@evergreen.example' });

  await signIn(bob, app.origin, 'bob@evergreen.example');
  expect((await bob.request(`${app.origin}/me`)).status).toBe(200);
});
