import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { sendExactly } from '../support/exact-request.ts';
import { fromOwnPage, graphScopes } from '../support/graph-people.ts';
import { type GraphTrial, headersOf, startGraphTrial, words } from '../support/graph-trial.ts';
import type { Person } from '../support/people.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import type { World } from '../support/world.ts';
import { cookieHeader } from '../support/world-state.ts';

const other = seededUsers[0]?.oid ?? '';

let trial: GraphTrial;
let world: World;
let app: App;
let person: Person;
let ask: GraphTrial['ask'];
let graphAnswers: GraphTrial['graphAnswers'];
let calls: () => number;
/** A server that nothing may come to. */
let elsewhere: RecordingServer;

beforeAll(async () => {
  [trial, elsewhere] = await Promise.all([startGraphTrial(), startRecordingServer()]);
  ({ world, app, person, ask, graphAnswers, calls } = trial);
});

beforeEach(() => world.graph.faults.clear());

afterEach(() => expect(elsewhere.requests).toEqual([]));

afterAll(async () => {
  await world.close();
  await elsewhere.close();
});

describe('Graph path escape', () => {
  const paths = [
    ...words(`..%2f..%2fusers %2e%2e/users %252e%252e%252fusers ..%5cusers ..\\users me/../users
      me;/../users me%23/../users me%23 me%3f me%3f$select=id me?x=/me me/events/x/y?x=/me
      users/${other}?x=/me /evil.example/ //evil.example/ https://evil.example/ me//events me/
      https:%2f%2fevil.example/ @evil.example :80@evil.example .evil.example/ me%00 ME
      me%0d%0aHost:%20x v1.0/../beta/me v1.0/me beta/me ../beta/me %2e%2e/beta/me %2e%2e%2fbeta
      $batch %24batch %2524batch me/$batch me/$value me/$ref me/messages/$ref users/${other}
      users('${other}') users/${other}/messages me/messages/.. me/messages/%2e%2e
      me/messages/a%2f..%2f.. me/messages/delta`),
    '',
    `me/messages/${'a'.repeat(8_192)}`,
  ];

  it.each([
    ['a person', () => ({ cookie: cookieHeader(person.browser) })],
    ['a back end', () => ({ authorization: `Bearer ${trial.backEnd}` })],
  ])('no path of %s comes to Graph but from the list', async (who, headers) => {
    const root = who === 'a person' ? '/graph/' : `/users/${person.oid}/graph/`;
    const send = (path: string, method = 'GET') =>
      sendExactly(app.origin, {
        ...{ method, path: root + path },
        headers: { ...headers(), origin: app.origin, 'x-csrf': '1' },
      });
    const before = calls();
    for (const path of paths) {
      const { status } = await send(path);
      expect(status >= 400 && status < 500, `${path} is ${status}`).toBe(true);
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      expect((await send('me', method)).status).toBe(405);
      expect((await send('$batch', method)).status).toBe(404);
    }
    expect(calls()).toBe(before);
    expect((await send('me')).status).toBe(200);
    expect((await send('me/messages?$top=1')).status).toBe(200);
    expect(calls()).toBe(before + 2);
  });
});

it('headers of the client to Graph: eight pass, and what is ours', async () => {
  const graph = await startRecordingServer(() => ({ body: { id: person.oid } }));
  const scopes = graphScopes.join(' ');
  const environment = { GRAPH_BASE_URL: graph.origin, GRAPH_SCOPES: scopes, DEVICE_SCOPES: scopes };
  const there = await world.startApp({ queues: false, environment });
  const passing = headersOf(`consistencylevel: eventual | content-encoding: identity |
    content-language: de | content-type: application/json | if-match: "a" | if-none-match: "b" |
    prefer: outlook.timezone="UTC" | range: bytes=0-9`);
  const kept = headersOf(`x-forwarded-for: 192.0.2.1 | x-forwarded-host: evil.example |
    forwarded: for=x | x-forwarded-proto: https | x-original-url: /users | via: x | te: trailers |
    x-http-method-override: PUT | x-ms-client-principal: e30 | x-ms-token-aad-access-token: x |
    x-anything: x | proxy-authorization: Basic eDp5 | client-request-id: x | tracestate: a=b |
    referer: https://x.example/ | accept-language: de | user-agent: x | accept: text/html |
    baggage: a=b | ocp-apim-subscription-key: x | x-api-key: x`);
  const started = await createDevice(there.origin).start();
  await approveDevice(started, seededUsers[2]?.username ?? '');
  const device = (await createDevice(there.origin).poll(started)).body['session'] ?? '';
  const credentials = [
    { cookie: cookieHeader(person.browser), authorization: `Bearer ${device}` },
    // Whoever has a bearer session has it in the header that Graph's token is in.
    { authorization: `Bearer ${device}`, cookie: 'x=y' },
  ];
  for (const credential of credentials) {
    await sendExactly(there.origin, {
      ...{ method: 'POST', path: '/graph/me/events', body: '{}' },
      headers: { ...kept, ...passing, ...credential, 'x-csrf': '1', origin: app.origin },
    });
    const { headers = {}, rawHeaders = [] } = graph.requests.at(-1) ?? {};
    expect(headers).toEqual({
      ...passing,
      ...{ accept: 'application/json', 'content-length': '2' },
      ...{ host: new URL(graph.origin).host, connection: expect.any(String) },
      authorization: expect.stringMatching(/^Bearer eyJ[\w-]+\.[\w-]+\.[\w-]+$/),
      'client-request-id': expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-\d\d$/),
    });
    expect(rawHeaders).toHaveLength(2 * Object.keys(headers).length);
  }
  expect(graph.requests).toHaveLength(credentials.length);
  await graph.close();
});

it('redirect with the token: followed for a file alone, to Graph itself or over https, without it', async () => {
  const content = '/graph/me/drive/items/a/content';
  const own = `${world.graph.origin}/download/x`;
  const targets = [
    ...words(`${elsewhere.origin}/x ${elsewhere.origin.replace('http:', 'https:')} //evil.example/
      https://127.0.0.1/x https://[::1]/x https://169.254.169.254/x https://localhost/ file:///x
      http://evil.example/ https://evil.example:8443/ https://a:b@evil.example/ /v1.0/users
      ${own.replace('//', '//a:b@')} ${own.replace('localhost', '127.0.0.1')}`),
    '',
  ];
  for (const path of ['/me', '/graph/me', '/graph/me/messages', content]) {
    for (const status of [301, 302, 303, 307, 308]) {
      const followed = path === content && status === 302;
      for (const location of followed ? targets : [...targets, own]) {
        graphAnswers('', { status, headers: { location } });
        const before = calls();
        const answer = await ask(path);
        expect([path, status, location, answer.status]).toEqual([path, status, location, 502]);
        expect([answer.headers.get('location'), calls()]).toEqual([null, before + 1]);
      }
    }
  }
  // Nor is what changes something sent again, nor a second redirect followed.
  const init = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
  graphAnswers('', { status: 307, headers: { location: `${elsewhere.origin}/x` } });
  expect((await ask('/graph/me/events', fromOwnPage(app, init))).status).toBe(502);
  graphAnswers('', { status: 302, headers: { location: own } });
  world.graph.faults.next(1, {
    ...{ kind: 'answer', status: 302, body: '', headers: { location: `${elsewhere.origin}/x` } },
  } as const);
  expect((await ask(content)).status).toBe(502);
  expect(world.graph.calls.slice(-2)).toMatchObject([
    { path: '/v1.0/me/drive/items/a/content', authorized: true },
    { path: '/download/x', authorized: false },
  ]);
  expect(world.graph.calls.at(-1)?.headers).not.toHaveProperty('cookie');
});
