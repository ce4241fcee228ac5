import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import type { BrowserClient } from '../support/browser-client.ts';
import { graphScopes, signedInFor } from '../support/graph-people.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;
let bob: BrowserClient;
/** Of the back end that acts for Bob. */
let authorization: string;
let bobsId: string;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp({
    environment: { GRAPH_SCOPES: graphScopes.join(' '), ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
  });
  bob = await signedInFor(app, 'bob@evergreen.example', graphScopes);
  const me = await (await bob.request(`${app.origin}/me`)).json();
  bobsId = me.id;
  authorization = `Bearer ${await world.identityProvider.appToken()}`;
});

afterAll(() => world.close());

/** Bob's own request. */
function ask(path: string, method = 'GET'): Promise<number | undefined> {
  const cookie = [...bob.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return send(path, method, { cookie, origin: app.origin, 'x-csrf': '1' });
}

/** What a back end asks for Bob. */
function askForBob(path: string, method = 'GET'): Promise<number | undefined> {
  return send(`/users/${bobsId}${path}`, method, { authorization });
}

/** As it stands: neither parsed nor encoded on the way. @returns the status. */
function send(
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const { hostname, port } = new URL(app.origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

const other = '5f0d1c1a-0c3e-4f6b-9a51-000000000001';

const paths = [
  '/graph/..%2f..%2fusers',
  '/graph/%2e%2e/users',
  '/graph/%2e%2e%2fusers',
  '/graph/%252e%252e%252fusers',
  '/graph/..%5cusers',
  '/graph/..\\users',
  '/graph/../users',
  '/graph/me/../users',
  '/graph/me/..%2fusers',
  '/graph/me;/../users',
  '/graph/me;a=b',
  '/graph/me%3b',
  '/graph/me%23/../users',
  '/graph/me%23',
  '/graph/me%3f',
  '/graph/me%3f$select=id',
  '/graph/me%00',
  '/graph/me%0d%0ax:%20y',
  '/graph/me%20',
  '/graph/me%',
  '/graph/me%zz',
  '/graph/me%c0%af..',
  '/graph/ME',
  '/graph/Me/messages',
  '/graph/me/',
  '/graph/me//messages',
  '/graph//me',
  '/graph///evil.example/',
  '/graph//evil.example/',
  '/graph/https://evil.example/',
  '/graph/https:%2f%2fevil.example/',
  '/graph/@evil.example',
  '/graph/.evil.example',
  '/graph/v1.0/me',
  '/graph/v1.0/../beta/me',
  '/graph/beta/me',
  '/graph/$batch',
  '/graph/%24batch',
  '/graph/$metadata',
  '/graph/me/$value',
  '/graph/me/$ref',
  '/graph/me/messages/$count',
  '/graph/me/messages/$batch',
  '/graph/me/messages/..',
  '/graph/me/messages/%2e%2e',
  '/graph/me/messages/.',
  '/graph/me/messages/a%2fb',
  '/graph/me/messages/a/attachments',
  `/graph/users/${other}`,
  `/graph/users/${other}/messages`,
  `/graph/users('${other}')`,
  '/graph/users',
  '/graph/me/messages/microsoft.graph.delta()',
  '/graph/me/messages/microsoft.graph.delta',
  '/graph/me/messages/delta',
  '/graph/me/messages/Delta',
  "/graph/me/messages('a')",
  '/graph/me/drive/root:/secret.txt:/content',
  '/graph/',
  '/graph',
  `/graph/me/messages/${'a'.repeat(8_192)}`,
  // The list is of paths: a query changes nothing about them, and has a list of its own.
  `/graph/users/${other}?x=/me`,
  '/graph/me?x=/me',
  '/graph/me?$select=id&$select=mail',
  '/graph/me?$format=xml',
  '/graph/me?access_token=x',
  '/graph/me?%24batch=1',
];

describe.each([
  ['a user', ask],
  ['a back end', askForBob],
])('from %s', (_, asked) => {
  it.each(paths)('%s is refused, and Graph hears nothing', async (path) => {
    const before = world.graph.calls.length;
    const status = await asked(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(world.graph.calls.length).toBe(before);
  });
});

it.each([
  '/users//graph/me',
  '/users/../graph/me',
  '/users/%2e%2e/graph/me',
  '/users/me/graph/me',
  `/users/${other}/graph/me`,
  `/users/${other}%2fgraph/graph/me`,
  `/users/${other};x/graph/me`,
  `/users('${other}')/graph/me`,
])('%s is nobody, and Graph hears nothing', async (path) => {
  const before = world.graph.calls.length;
  const status = await send(path, 'GET', { authorization });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(world.graph.calls.length).toBe(before);
});

it.each([
  ['POST', '/graph/me'],
  ['DELETE', '/graph/me/messages/1'],
  ['PATCH', '/graph/me/events'],
  ['GET', '/graph/me/sendMail'],
  ['POST', '/graph/$batch'],
])('%s %s is not on the list, and Graph hears nothing', async (method, path) => {
  const before = world.graph.calls.length;
  expect(await ask(path, method)).toBe(path.endsWith('$batch') ? 404 : 405);
  expect(world.graph.calls.length).toBe(before);
});

it('what is on the list is reached in the same way', async () => {
  expect(await ask('/graph/me')).toBe(200);
  expect(await ask('/graph/me/messages?$top=1')).toBe(200);
  expect(await askForBob('/graph/me')).toBe(200);
});
