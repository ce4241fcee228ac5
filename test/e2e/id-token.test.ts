import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { IdTokenFault } from '../../dev/identity-provider/id-token-fault.ts';
import type { App } from '../support/app.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { dumpTables } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp();
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => world.close());

const now = () => Math.floor(Date.now() / 1000);
const claims = (changes: object): IdTokenFault => ({ claims: (good) => ({ ...good, ...changes }) });

it.each<[string, number, IdTokenFault]>([
  ['no ID token', 502, { omit: true }],
  ['an unsigned one', 502, { alg: 'none' }],
  ['another nonce', 502, claims({ nonce: 'other' })],
  ['no nonce', 502, claims({ nonce: undefined })],
  ['another issuer', 502, claims({ iss: 'https://evil.example' })],
  ['another audience', 502, claims({ aud: 'other' })],
  ['two audiences', 502, { claims: (good) => ({ ...good, aud: [String(good.aud), 'other'] }) }],
  ['an expired one', 502, claims({ exp: now() - 3600 })],
  ['one of long ago', 502, claims({ iat: now() - 86_400 })],
  ['no object id', 502, claims({ oid: undefined })],
  ['a user of another tenant', 403, claims({ tid: '00000000-1111-4222-8333-444444444444' })],
])('a sign-in that brings %s opens no session and stores nothing', async (_, status, fault) => {
  world.identityProvider.faults.idToken = fault;
  const browser = createBrowserClient();
  const arrival = await signIn(browser, app.origin, 'alice@evergreen.example');
  expect(arrival.response.status).toBe(status);
  expect(browser.cookies.has('session')).toBe(false);
  const rows = await dumpTables(world.azurite.connectionString);
  expect(rows.filter(({ table }) => table === 'tokens' || table === 'sessions')).toEqual([]);
});
