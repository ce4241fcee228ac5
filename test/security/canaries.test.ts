import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { errorCodes } from '../../src/lib/errors.ts';
import type { App } from '../support/app.ts';
import { signInUpToCallback } from '../support/browser-client.ts';
import { bundlePaths, everyMethod } from '../support/bundle-routes.ts';
import { type Canaries, createCanaries } from '../support/canaries.ts';
import { approveDevice, createDevice, declineDevice } from '../support/devices.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { foreign, foreignFailure } from '../support/foreign-failures.ts';
import { fromOwnPage, graphScopes } from '../support/graph-people.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { noteSecrets } from '../support/noted-secrets.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { type RecordedAnswers, recordAnswers } from '../support/recorded-answers.ts';
import { dumpQueues, dumpText } from '../support/table-dump.ts';
import { until } from '../support/until.ts';

/** Where the contract has a secret be: every place of each kind. It is nowhere else. */
const exceptions = [
  'state in GET /login 302 location',
  'nonce in GET /login 302 location',
  'sign-in cookie in GET /login 302 set-cookie',
  'session in GET /callback 302 set-cookie',
  'bearer session in GET /device/{handle} 200 body',
  'handle in POST /device 201 body',
  'user code in POST /device 201 body',
  'AccessToken in POST /users/{userId}/token 200 body',
];

const users = [...generateUsers(6)];
const hour = 60 * 60_000;

let world: FaultyWorld;
let receiver: OtlpReceiver;
let clock: MovingClock;
let app: App;
let environment: Record<string, string>;
let recorded: RecordedAnswers;
let canaries: Canaries;
let device: ReturnType<typeof createDevice>;
/** Tables and queues, as they were now and then. */
const stored: { where: string; text: string }[] = [];

beforeAll(async () => {
  clock = createMovingClock();
  canaries = createCanaries();
  [world, receiver] = await Promise.all([startFaultyWorld({ users }), startOtlpReceiver()]);
  environment = {
    GRAPH_SCOPES: graphScopes.join(' '),
    ENTRA_APP_ROLE: 'Evergreen.ActForUsers',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.origin,
  };
  app = await world.startApp({ queues: false, environment });
  recorded = recordAnswers((origin) => origin === app.origin);
  device = createDevice(app.origin);
  canaries.add('another service', foreign);
});

afterAll(async () => {
  clock.restore();
  recorded.stop();
  await world.close();
  await receiver.close();
});

/** Takes note of all secrets that there are now, and of what is stored. */
async function look(): Promise<void> {
  const { connectionString } = world.azurite;
  stored.push({ where: 'tables', text: await dumpText(connectionString) });
  stored.push({ where: 'queues', text: (await dumpQueues(connectionString)).join('\n') });
  await noteSecrets(world, recorded.parts, canaries);
}

const ask = (path: string, init?: RequestInit) => fetch(`${app.origin}${path}`, init);

async function asBackEnd(path: string, init: RequestInit = {}): Promise<Response> {
  const token = await world.identityProvider.appToken();
  canaries.add('app token', token);
  return ask(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
}

async function deviceSession(username = ''): Promise<string> {
  const started = await device.start();
  await device.poll(started);
  await device.poll(started);
  await look();
  await approveDevice(started, username);
  await clock.advance(10_000, [app]);
  const { body } = await device.poll(started);
  await device.poll(started);
  return body['session'] ?? '';
}

describe('token leakage', () => {
  let person: Person;
  let session: string;

  it('a sign-in, with all that can go wrong', async () => {
    person = await signedInPerson(world, users.pop());
    const scope = `scope=${graphScopes.join('%20')}`;
    await person.browser.navigate(`${app.origin}/login?${scope}&returnTo=/health/live`);
    const { browser } = await signedInPerson(world, users.pop());
    const faults = [400, 401, 429, 500, 503].map((status) =>
      foreignFailure(status, 'invalid_grant'),
    );
    for (const fault of [undefined, ...faults, { kind: 'reset' as const }]) {
      const callback = await signInUpToCallback(browser, app.origin, '');
      canaries.add('code', new URL(callback).searchParams.get('code') ?? '');
      if (fault) world.identityProvider.faults.next(1, fault);
      await look();
      await browser.request(callback);
      await browser.request(callback, { headers: { accept: 'text/html' } });
      const said = `&error=access_denied&error_description=${foreign}`;
      await browser.request(`${callback}${said}`, { headers: { accept: 'text/html' } });
      await browser.request(`${callback}&code=x`);
      await browser.request(`${callback}&iss=https://${foreign}.example`);
    }
    await look();
  });

  it('a device, one that is declined, and one that is no device', async () => {
    session = await deviceSession(generateUsers(6)[5]?.username);
    const declined = await device.start();
    await look();
    await device.poll({ handle: `${declined.handle}x` });
    await ask(`/device/${declined.handle}`, { headers: { origin: 'null' } });
    await declineDevice(declined);
    await device.poll(declined);
  });

  it('every route, with every method, as nobody, a browser, a device and a back end', async () => {
    const last = (path: string) => /^\/(logout|me\/data|device)$/.test(path);
    const paths = bundlePaths().map((path) =>
      path.replace('/users/someone', `/users/${person.oid}`),
    );
    for (const path of paths.sort((one, two) => Number(last(one)) - Number(last(two)))) {
      for (const method of everyMethod) {
        const body = method === 'POST' ? { body: '{"scopes":["User.Read"]}' } : {};
        await ask(path, { method, ...body, redirect: 'manual' });
        await asBackEnd(path, { method, ...body, redirect: 'manual' });
        await person.browser.request(`${app.origin}${path}`, { method, ...body });
        await person.browser.request(`${app.origin}${path}`, fromOwnPage(app, { method, ...body }));
        await device.askAs(session, path, { method, ...body, redirect: 'manual' }).catch(() => {});
      }
      await look();
      if (!last(path)) continue;
      await person.signIn();
      session = await deviceSession(generateUsers(6)[5]?.username);
    }
  });

  it('every error', async () => {
    const { faults } = world.graph;
    const page = async (path: string, init?: RequestInit) =>
      (await person.browser.request(`${app.origin}${path}`, init)).text();
    const scope = `scope=${graphScopes.join('%20')}`;
    await person.browser.navigate(`${app.origin}/login?${scope}&returnTo=/health/live`);
    const claims = Buffer.from('{"access_token":{"nbf":{"value":"1"}}}').toString('base64');
    const challenge = `Bearer error="insufficient_claims", claims="${claims}"`;
    const answers = [302, 307, 400, 401, 403, 404, 409, 412, 418, 429, 500, 503].map((status) =>
      foreignFailure(status, 'nameAlreadyExists', { 'retry-after': '60' }),
    );
    const noJson = { ...foreignFailure(200, ''), body: 'no JSON' };
    const challenged = foreignFailure(401, '', { 'www-authenticate': challenge });
    for (const answer of [...answers, noJson, challenged, { kind: 'reset' as const }]) {
      for (const path of ['/me', '/graph/me/messages', '/graph/me/photo/$value']) {
        faults.clear();
        faults.next(9, answer);
        await page(path);
        await asBackEnd(`/users/${person.oid}/graph/me`);
        await device.askAs(session, '/graph/me/messages');
      }
    }
    faults.clear();
    const files = JSON.parse(await page('/graph/me/drive/root/children'));
    for (const { id } of files.value) await page(`/graph/me/drive/items/${id}/content`);
    const narrow = await signedInPerson(world, users.pop());
    await narrow.browser.request(`${app.origin}/graph/me/messages`);
    const json = (body: unknown) => ({ method: 'POST', body: JSON.stringify(body) });
    for (const body of [{ scopes: ['Mail.Read'] }, { scopes: ['x'] }, { scopes: [foreign] }, 1]) {
      await asBackEnd(`/users/${narrow.oid}/token`, json(body));
    }
    await page(`/graph/me/messages?$top=${'1'.repeat(9_000)}`);
    const large = { method: 'POST', body: Buffer.alloc(5_000_000) };
    await page('/graph/me/events', fromOwnPage(app, large));
    await page('/me', { headers: { cookie: `session=${'x'.repeat(9_000)}` } });
    await ask('/me', { headers: { authorization: `Bearer ${session}x` } });
    await page('/sessions/x', { method: 'DELETE', headers: { origin: 'https://evil.example' } });

    for (const status of [200, 403, 404, 409, 500, 503]) {
      world.tables.add({ action: { kind: 'answer', status, body: foreign } }, 12);
      for (const path of ['/me', '/', '/session', '/health/ready']) await page(path);
      await device.ask('/device', { method: 'POST' });
      world.tables.clear();
    }
    await clock.advance(2 * hour, [app]);
    for (const fault of [
      ...[foreignFailure(503, 'x'), foreignFailure(429, 'x'), foreignFailure(200, 'x')],
      ...[foreignFailure(400, 'invalid_grant'), foreignFailure(401, 'invalid_client')],
    ]) {
      world.identityProvider.faults.clear();
      world.identityProvider.faults.set(fault);
      await page('/me');
      await page('/session');
      await page('/health/refresh');
      await asBackEnd(`/users/${narrow.oid}/token`, json({ scopes: ['User.Read'] }));
      await clock.advance(hour / 2, [app]);
    }
    world.heal();
    while ((await device.ask('/device', { method: 'POST' })).status !== 429);
    await look();
    const codes = errorCodes.filter((code) => code !== 'internal');
    expect([...recorded.codes].sort()).toEqual(expect.arrayContaining(codes));
  });

  it('a refresh in the background, that fails and succeeds', async () => {
    await clock.advance(hour, [app]);
    await person.signIn();
    await look();
    await clock.advance(hour, [app]);
    await app.runTimer('refresh-sweep');
    await look();
    expect(stored.at(-1)?.text).toContain('"user":');
    world.identityProvider.faults.next(1, foreignFailure(503, 'x'));
    const worker = await world.startApp({ environment });
    await clock.advance(0, [app, worker]);
    await until(async () => (await world.queueDepth()) === 0);
    await clock.advance(2 * 60_000, [app, worker]);
    await worker.runTimer('refresh-sweep');
    await until(() => worker.log.some((line) => line.includes('"outcome":"refreshed"')));
    await worker.runTimer('janitor');
    await look();
    await worker.close();
    stored.push({ where: 'log of the worker', text: worker.log.join('\n') });
  });

  it('leaves each secret where it belongs, and nowhere else', async () => {
    await app.close();
    recorded.stop();
    expect(receiver.requests.length).toBeGreaterThan(1);
    const places = [
      ...[...recorded.parts, ...stored, { where: 'log', text: app.log.join('\n') }],
      ...receiver.requests.map(({ path, headers, body }) => ({
        where: 'metrics',
        text: `${path} ${JSON.stringify(headers)} ${body}`,
      })),
    ];
    const several = expect.toSatisfy((count: number) => count > 1);
    expect(canaries.counts()).toEqual({
      ...{ state: several, nonce: several, verifier: several, 'sign-in cookie': several },
      ...{ code: several, session: several, 'bearer session': several, handle: several },
      ...{ 'device code': several, 'user code': several, 'app token': several, download: several },
      ...{ AccessToken: several, RefreshToken: several, IdToken: several, 'another service': 1 },
    });
    expect(canaries.leaks(places)).toEqual([...exceptions].sort());
  });
});
