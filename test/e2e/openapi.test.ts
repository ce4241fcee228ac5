import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundlePath } from '../../build.ts';
import { readRegistrations } from '../../dev/functions-host/registrations.ts';
import { mismatches } from '../support/answer-schemas.ts';
import {
  type ApiTrial,
  answering,
  documenting,
  pathOf,
  startApiTrial,
} from '../support/api-trial.ts';
import { createBrowserClient, signInUpToCallback } from '../support/browser-client.ts';
import { approveDevice, createDevice, declineDevice } from '../support/devices.ts';
import { fromOwnPage, graphScopes } from '../support/graph-people.ts';
import type { Person } from '../support/people.ts';

const hour = 60 * 60_000;

let trial: ApiTrial;
let app: ApiTrial['app'];
let contract: ApiTrial['contract'];
let faults: ApiTrial['world']['identityProvider']['faults'];

beforeAll(async () => {
  trial = await startApiTrial();
  app = trial.app;
  contract = trial.contract;
  faults = trial.world.identityProvider.faults;
});

afterEach(() => {
  faults.clear();
  trial.world.graph.faults.clear();
});

afterAll(() => trial.close());

async function asBackEnd(claims = {}): Promise<{ authorization: string }> {
  const token = await trial.world.identityProvider.appToken(claims);
  return { authorization: `Bearer ${token}` };
}

// First, while nobody has had to wait for a refresh.
it('health', async () => {
  const ask = (name: string) => fetch(`${app.origin}/health/${name}`);
  await app.runTimer('refresh-sweep');
  await app.runTimer('janitor');
  for (const name of ['live', 'ready', 'refresh']) expect((await ask(name)).status).toBe(200);
  await trial.later(hour);
  expect((await ask('refresh')).status).toBe(503);
  await fetch(`${app.origin}/openapi.json`);
});

describe('every operation answers, as it is said to,', () => {
  it('what can’t be understood', async () => {
    const request = { origin: app.origin, query: `?x=${'1'.repeat(9_000)}` };
    expect(await answering(contract, 'invalid_request', request)).toEqual(
      contract.operations.map(({ id }) => id).sort(),
    );
  });

  it('nobody', async () => {
    const code = 'unauthenticated';
    const answered = await answering(contract, code, { origin: app.origin });
    expect(answered).toEqual(documenting(contract, code));
  });

  it('another site', async () => {
    const code = 'csrf_rejected';
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
    const answered = await answering(contract, code, { origin: app.origin, headers });
    expect(answered).toEqual(documenting(contract, code));
  });

  it('a back end without the role', async () => {
    const headers = await asBackEnd({ roles: [] });
    const answered = await answering(contract, 'forbidden', { origin: app.origin, headers });
    expect(answered).toEqual(documenting(contract, 'user_action_required'));
  });

  it('without settings', async () => {
    const { origin } = trial.without.settings;
    const code = 'misconfigured';
    expect(await answering(contract, code, { origin })).toEqual(documenting(contract, code));
  });

  it('without storage', async () => {
    const { origin } = trial.without.storage;
    const code = 'temporarily_unavailable';
    const ownPage = { 'x-csrf': '1', origin: trial.world.origin };
    const cookie = `session=2099-01-01.${'x'.repeat(43)}`;
    const answered = [
      ...(await answering(contract, code, { origin, headers: { ...ownPage, cookie } })),
      ...(await answering(contract, code, { origin, headers: await asBackEnd() })),
      ...(await answering(contract, code, { origin, query: '?sid=x' })),
      // Nothing is looked up for these without a sign-in that is under way.
      ...['completeSignIn', 'pollDeviceSignIn'],
    ];
    expect([...new Set(answered)].sort()).toEqual(documenting(contract, code));
  });
});

describe('a sign-in', () => {
  it('that succeeds', async () => {
    const { browser } = await trial.nextPerson();
    expect((await browser.request(`${app.origin}/`)).status).toBe(200);
    expect((await browser.request(`${app.origin}/status`)).status).toBe(200);
  });

  it('that fails', async () => {
    const browser = createBrowserClient();
    const username = trial.nextUsername();
    const html = { headers: { accept: 'text/html' } };
    for (const error of ['access_denied', 'login_required', 'server_error', 'other']) {
      const callback = await signInUpToCallback(browser, app.origin, username);
      await browser.request(`${callback}&error=${error}`);
      await browser.request(`${callback}&error=${error}`, html);
    }
    const callback = await signInUpToCallback(browser, app.origin, username);
    faults.idToken = { omit: true };
    expect((await browser.request(callback)).status).toBe(502);
    await browser.request(`${app.origin}/login?prompt=x`, html);
  });

  it('that the identity provider ends', async () => {
    await fetch(`${app.origin}/logout/front-channel?sid=x`);
    await fetch(`${app.origin}/logout/front-channel`);
  });
});

it('sessions', async () => {
  const person = await trial.nextPerson();
  const ask = (path: string, init: RequestInit = {}) =>
    person.browser.request(`${app.origin}${path}`, fromOwnPage(app, init));
  await ask('/session');
  const { sessions } = await (await ask('/sessions')).json();
  await ask('/sessions/someone', { method: 'DELETE' });
  await ask(`/sessions/${sessions[0].id}`, { method: 'DELETE' });
  await person.signIn();
  await ask('/logout?everywhere=true', { method: 'POST' });
  await person.signIn();
  await ask('/me/data', { method: 'DELETE' });
});

it('devices', async () => {
  const device = createDevice(app.origin);
  const decided = async (decide: (started: typeof waiting) => Promise<void>) => {
    const started = await device.start();
    await decide(started);
    return device.poll(started);
  };
  const waiting = await device.start();
  expect((await device.poll(waiting)).status).toBe(202);
  expect((await device.poll(waiting)).status).toBe(429);
  const { body } = await decided((started) => approveDevice(started, trial.nextUsername()));
  await device.askAs(body['session'] ?? '', '/session');
  await device.askAs(body['session'] ?? '', '/graph/me/events');
  expect((await decided(declineDevice)).status).toBe(403);
  const late = await device.start();
  await trial.later(hour);
  expect((await device.poll(late)).status).toBe(410);
  await device.poll({ handle: 'someone' });
  faults.next(1, { kind: 'answer', status: 503, body: {} });
  expect((await decided(async () => {})).status).toBe(503);
  faults.idToken = { omit: true };
  await decided((started) => approveDevice(started, trial.nextUsername()));
  while ((await device.ask('/device', { method: 'POST' })).status !== 429);
  await fetch(`${trial.without.devices.origin}/device`, { method: 'POST' });
});

describe('Graph', () => {
  type Ask = (path: string, init?: RequestInit) => Promise<Response>;

  const failures = [
    ...[400, 401, 403, 404, 405, 409, 412, 418, 429, 500, 503].map((status) => ({
      ...{ status, body: { error: { code: 'aCode' } } },
    })),
    { status: 200, body: 'no JSON' },
  ];
  const forbidden = [{ status: 403, body: {} }];
  const object = { status: 200, body: { value: [] } };
  const read = [object, ...[204, 304].map((status) => ({ status, body: '' }))];
  const written = [
    ...[object, { status: 201, body: { id: 'x' } }],
    ...[202, 204].map((status) => ({ status, body: '' })),
  ];

  const operations = () =>
    contract.operations.filter(({ id }) => id === 'getProfile' || id.endsWith('GraphResource'));

  /** Asks for all that Graph can be asked for, while Graph has these answers alone. */
  async function askAll(ask: Ask, name: string, answers?: typeof forbidden): Promise<void> {
    for (const operation of operations()) {
      const { id, method } = operation;
      const good = method === 'GET' ? read : written;
      for (const answer of answers ?? [...failures, ...(id === 'getProfile' ? [] : good)]) {
        trial.world.graph.faults.set({ kind: 'answer', ...answer });
        await ask(pathOf(operation, { name }), { method });
      }
      trial.world.graph.faults.clear();
      for (const resource of ['no/such/thing', method === 'GET' ? 'me/sendMail' : 'me']) {
        await ask(pathOf(operation, { name, resource }), { method });
      }
    }
  }

  async function askForFiles(ask: Ask, root: string, { browser }: Person): Promise<void> {
    const scope = new URLSearchParams({ scope: graphScopes.join(' ') });
    await browser.navigate(`${app.origin}/login?returnTo=/health/live&${scope}`);
    await ask(`${root}/me/photo/$value`);
    const { value } = await (await ask(`${root}/me/drive/root/children`)).json();
    for (const { id, file } of value) {
      const headers = { range: 'bytes=0-1' };
      if (file) await ask(`${root}/me/drive/items/${id}/content`, { headers });
    }
  }

  it('for its user', async () => {
    const person = await trial.nextPerson();
    const ask: Ask = (path, init = {}) =>
      person.browser.request(`${app.origin}${path}`, fromOwnPage(app, init));
    await askAll(ask, person.oid);
    await askForFiles(ask, '/graph', person);
    await askAll(ask, person.oid, forbidden);
    expect((await ask('/me')).status).toBe(200);
    expect((await ask('/graph/me/messages')).status).toBe(200);
    // As the document says of its parameter.
    expect((await ask('/graph/me%2Fmessages')).status).toBe(404);
  });

  it('for a user whose sign-in is over', async () => {
    const { browser, me } = await trial.nextPerson();
    await trial.later(2 * hour);
    faults.set({ kind: 'answer', status: 400, body: { error: 'invalid_grant' } });
    expect((await me()).code).toBe('reauth_required');
    for (const operation of operations()) {
      const init = fromOwnPage(app, { method: operation.method });
      await browser.request(`${app.origin}${pathOf(operation)}`, init);
    }
    await browser.request(`${app.origin}/session`);
  });

  it('for a back end', async () => {
    const person = await trial.nextPerson();
    const headers = await asBackEnd();
    const ask: Ask = (path, init) =>
      fetch(`${app.origin}${path}`, { ...init, headers: { ...headers, ...init?.headers } });
    await askAll(ask, person.oid);
    await askForFiles(ask, `/users/${person.oid}/graph`, person);
    await askAll(ask, person.oid, forbidden);
  });
});

it('a back end that has the token itself', async () => {
  const { oid } = await trial.nextPerson();
  const ask = async (body: unknown, name = oid) =>
    fetch(`${app.origin}/users/${name}/token`, {
      ...{ method: 'POST', headers: await asBackEnd(), body: JSON.stringify(body) },
    });
  const scopes = ['User.Read'];
  const { TokenRequest } = trial.document.components.schemas;
  for (const body of [
    ...[{ scopes }, { scopes, minValiditySeconds: 3_600 }, { scopes, minValiditySeconds: 0 }],
    ...[{}, [], { scopes: [] }, { scopes: [1] }, { scopes: 'User.Read' }, { scopes, more: 1 }],
    ...[-1, 0.5, 3_601, '1', null].map((minValiditySeconds) => ({ scopes, minValiditySeconds })),
  ]) {
    const isGood = mismatches(TokenRequest, body).length === 0;
    expect([body, (await ask(body)).status]).toEqual([body, isGood ? 200 : 400]);
  }
  await ask({ scopes: ['Mail.Read'] });
  await ask({ scopes }, 'someone');
  await trial.later(2 * hour);
  faults.set({ kind: 'answer', status: 503, body: {} });
  expect((await ask({ scopes })).status).toBe(503);
});

it('sign-ins from one address, until there are too many', async () => {
  const attempt = async () => {
    const browser = createBrowserClient();
    const { headers } = await browser.request(`${app.origin}/login`);
    const state = new URL(headers.get('location') ?? '').searchParams.get('state');
    return browser.request(`${app.origin}/callback?state=${state}&code=made-up`);
  };
  while ((await attempt()).status !== 429);
});

describe('the document', () => {
  it('is what the app answers', () => {
    expect([...new Set(contract.breaches)]).toEqual([]);
  });

  it('says nothing that was not answered', () => {
    const unseen = contract.operations.flatMap(({ id, codes, successes }) =>
      [...codes, ...successes]
        .filter((answer) => !contract.answers.get(id)?.has(answer))
        .map((answer) => `${id} ${answer}`),
    );
    // A fault of the app; and the stand-in grants what every sign-in asks for.
    const untried = (answer: string) =>
      answer.endsWith(' internal') || answer === 'getProfile consent_required';
    expect(unseen.filter((answer) => !untried(answer))).toEqual([]);
  });

  it('has every route', () => {
    const documented = Object.keys(trial.document.paths).sort();
    const registered = readRegistrations(bundlePath).flatMap(({ trigger }) =>
      trigger.type === 'httpTrigger' ? [`/${trigger.route.replace('{*', '{')}`] : [],
    );
    expect(registered.map((path) => (path === '/{path}' ? '/' : path)).sort()).toEqual(documented);
  });

  it('has package.json’s version', async () => {
    const manifest = await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8');
    expect(trial.document.info.version).toBe(JSON.parse(manifest).version);
  });

  it('is there without settings, and the same', async () => {
    const response = await fetch(`${trial.without.settings.origin}/openapi.json`);
    expect(await response.json()).toEqual(trial.document);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
