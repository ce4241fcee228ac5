import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import { settingKeys } from '../../src/lib/config/settings.ts';
import type { App } from '../support/app.ts';
import { bundlePaths, everyMethod } from '../support/bundle-routes.ts';
import { sendExactly } from '../support/exact-request.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { openTable } from '../support/table-dump.ts';
import { startWorld, type World } from '../support/world.ts';
import { cookieHeader, storedRows } from '../support/world-state.ts';

const users = [...generateUsers(6)];

let world: World;
let app: App;
let person: Person;
let neighbour: Person;

beforeAll(async () => {
  world = await startWorld({ users });
  const environment = { ENTRA_APP_ROLE: 'Evergreen.ActForUsers' };
  app = await world.startApp({ queues: false, environment });
  person = await signedInPerson(world, users.pop());
  neighbour = await signedInPerson(world, users.pop());
});

afterAll(() => world.close());

/** An answer without what is another each time. */
async function answerOf(path: string, method: string, headers: Record<string, string> = {}) {
  const { status, header, cookies, body } = await sendExactly(app.origin, {
    path,
    method,
    headers,
  });
  const stable = (text = '') =>
    text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
      .replaceAll(/[\w-]{43}|"[A-Z]{9}"/g, 'RANDOM')
      .replaceAll(/"\w*(Age|Overdue|overdue)\w*":\d+/g, '"AGE"');
  const names = cookies.map((cookie) => cookie.replace(/(-\d)?=.*/, ''));
  return { status, location: stable(header('location')), names, body: stable(body) };
}

it('platform header spoofing changes nothing, for nobody and for somebody', async () => {
  const token = await fetch(`${app.origin}/users/${neighbour.oid}/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await world.identityProvider.appToken()}` },
    body: '{"scopes":["User.Read"]}',
  });
  const { accessToken } = await token.json();
  expect(accessToken).toMatch(/^eyJ/);
  const principal = {
    auth_typ: 'aad',
    claims: [
      { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: neighbour.oid },
      { typ: 'roles', val: 'Evergreen.ActForUsers' },
    ],
  };
  const spoofed = {
    'x-ms-client-principal': Buffer.from(JSON.stringify(principal)).toString('base64'),
    ...{ 'x-ms-client-principal-id': neighbour.oid, 'x-ms-client-principal-idp': 'aad' },
    ...{ 'x-ms-client-principal-name': 'load1@evergreen.example', 'x-ms-auth-token': accessToken },
    ...{ 'x-ms-token-aad-access-token': accessToken, 'x-ms-token-aad-id-token': accessToken },
    ...{ 'x-ms-token-aad-refresh-token': accessToken, 'x-ms-token-aad-expires-on': '2999-01-01' },
    ...{ 'x-zumo-auth': accessToken, 'x-functions-key': 'x', 'x-ms-client-ip': '127.0.0.1' },
    ...{ 'x-forwarded-user': neighbour.oid, 'x-forwarded-email': 'load1@evergreen.example' },
    ...{ 'x-forwarded-access-token': accessToken, 'x-remote-user': neighbour.oid, 'x-user': 'x' },
    ...{
      'x-arr-clientcert': 'x',
      'x-ms-site-restricted-token': 'x',
      'x-original-url': '/health/live',
    },
  };
  const cookie = { cookie: cookieHeader(person.browser) };
  const paths = [
    ...bundlePaths(),
    `/users/${neighbour.oid}/token`,
    '/.auth/me',
    '/.auth/login/aad',
  ];
  for (const path of paths) {
    for (const method of everyMethod) {
      for (const credentials of [{}, cookie]) {
        const plain = await answerOf(path, method, credentials);
        const withHeaders = await answerOf(path, method, { ...credentials, ...spoofed });
        expect([path, method, withHeaders]).toEqual([path, method, plain]);
      }
    }
  }
  for (const path of [
    '/me',
    '/session',
    '/sessions',
    '/graph/me',
    `/users/${neighbour.oid}/graph/me`,
  ]) {
    expect([path, (await answerOf(path, 'GET', spoofed)).status]).toEqual([path, 401]);
  }
  expect(await person.me()).toEqual(ownProfile);
});

describe('health endpoints as a bypass', () => {
  it('who calls themselves a probe, or goes by way of one, is nobody all the same', async () => {
    const probes = [
      ...[
        'GoogleHC/1.0',
        'kube-probe/1.29',
        'ELB-HealthChecker/2.0',
        'AlwaysOn',
        'Edge Health Probe',
      ],
      ...['HealthCheck/1.0', 'ReadyForRequest/1.0', 'Prometheus/2.0', 'SecurityScanner', ''],
    ].map((agent): Record<string, string> => ({ 'user-agent': agent }));
    const headers = [
      ...[...probes, { 'x-health-check': '1' }, { 'x-original-uri': '/health/live' }],
      ...[{ 'x-forwarded-uri': '/health/ready' }, { 'x-original-url': '/health/live' }],
    ];
    const paths = [
      ...['/me', '/session', '/sessions', '/graph/me', '/me?path=/health/live', '/health/../me'],
      ...['/health/live/../../me', '/health/live/%2e%2e/%2e%2e/session', '/health/live;/../../me'],
      ...[
        '/health/live/..%2f..%2fme',
        '/health/live%2f..%2f..%2fme',
        '/me/health/live',
        '/me%3f/health',
      ],
      ...['/graph/me/health/live', '/health/me', '/health/live/me', '/health/live%23/me', '//me'],
    ];
    const calls = world.graph.calls.length;
    for (const path of paths) {
      for (const more of headers) {
        const { status } = await answerOf(path, 'GET', more as Record<string, string>);
        expect([path, more, [401, 404].includes(status)]).toEqual([path, more, true]);
      }
    }
    expect(world.graph.calls.length).toBe(calls);
  });

  it('they say the same to everybody, and of nobody', async () => {
    const before = await storedRows(world);
    const headers = { cookie: cookieHeader(person.browser), authorization: 'Bearer x' };
    for (const path of ['/health/live', '/health/ready', '/health/refresh']) {
      const [nobody, somebody] = [
        await answerOf(path, 'GET'),
        await answerOf(path, 'GET', headers),
      ];
      expect(somebody).toEqual(nobody);
      expect(somebody.names).toEqual([]);
      expect(nobody.body).not.toMatch(new RegExp(`${person.oid}|${person.hash.slice(0, 12)}|@`));
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        expect((await answerOf(path, method)).status).toBe(405);
      }
    }
    expect(JSON.parse((await answerOf('/health/live', 'GET')).body)).toEqual({ status: 'live' });
    expect(await storedRows(world)).toEqual(before);
  });
});

describe('wrong settings fail closed', () => {
  /** What is the same for everybody, and needs no setting. */
  const open = ['/health/live', '/page.js', '/openapi.json'];
  const closed = [
    '/',
    '/status',
    '/login',
    '/callback',
    '/me',
    '/session',
    '/sessions',
    '/graph/me',
  ];

  async function expectClosed({ origin }: App): Promise<void> {
    const headers = { cookie: cookieHeader(person.browser), 'x-csrf': '1', origin: world.origin };
    for (const path of bundlePaths().filter((each) => !open.includes(each))) {
      for (const method of everyMethod) {
        const { status, cookies } = await sendExactly(origin, { path, method, headers });
        expect([path, method, status >= 400, cookies]).toEqual([path, method, true, []]);
      }
    }
    for (const path of closed) {
      for (const more of [{}, headers]) {
        const { status, body } = await sendExactly(origin, { path, headers: more });
        expect([path, status, JSON.parse(body).code]).toEqual([path, 503, 'misconfigured']);
      }
    }
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
  }

  it.each([
    ...['PUBLIC_BASE_URL=', 'ENTRA_TENANT_ID=', 'ENTRA_CLIENT_ID=', 'ENTRA_CREDENTIAL='],
    ...['ENTRA_CLIENT_SECRET=', 'TOKEN_STORAGE=', 'LOCAL_WRAPPING_KEY=', 'LOCAL_WRAPPING_KEY=AAAA'],
    ...['PUBLIC_BASE_URL=http://public.example', 'ENTRA_TENANT_ID=organizations'],
    'ENTRA_AUTHORITY_METADATA={"issuer":"https://evil.example/","token_endpoint":"https://x"}',
    ...['GRAPH_ROUTES=["POST /$batch User.Read"]', 'ENTRA_BACKEND_CLIENT_IDS=x'],
  ])('with %s', async (setting) => {
    const [key = '', ...value] = setting.split('=');
    const environment = { [key]: value.join('=') };
    const wrong = await world.startApp({ queues: false, environment });
    await expectClosed(wrong);
    await wrong.close();
  });

  it('with another wrapping key, or a data key that was damaged, nothing is opened or made anew', async () => {
    const keys = openTable(world.azurite.connectionString, 'keys');
    const before = await storedRows(world);
    const key = { LOCAL_WRAPPING_KEY: Buffer.alloc(32, 9).toString('base64') };
    const wrong = await world.startApp({ queues: false, environment: key });
    const statuses = async ({ origin }: App) => [
      (await fetch(`${origin}/login`, { redirect: 'manual' })).status,
      (await fetch(`${origin}/health/ready`)).status,
      (await person.me(origin)).status,
    ];
    expect(await statuses(wrong)).toEqual([503, 503, 503]);

    const kid = before.find((row) => row.startsWith('keys data '))?.split(' ')[2] ?? '';
    const row = await keys.getEntity('data', kid);
    const address = { partitionKey: 'data', rowKey: kid };
    await keys.updateEntity({ ...address, wrapped: Buffer.alloc(61, 1) }, 'Merge');
    const cold = await world.startApp({ queues: false });
    expect(await statuses(cold)).toEqual([503, 503, 503]);
    expect(await person.me()).toEqual(ownProfile);
    await keys.updateEntity({ ...address, wrapped: row['wrapped'] }, 'Merge');
    // It looks again ten seconds later.
    const mended = { timeout: 30_000, interval: 1_000 };
    await expect.poll(() => statuses(cold), mended).toEqual([302, 200, 200]);
    expect(await storedRows(world)).toHaveLength(before.length);
  });
});

describe('accounts allowed by mail', () => {
  it('no setting and no line of code decides by mail or name', () => {
    expect(settingKeys.filter((key) => /MAIL|USER|UPN|DOMAIN|ACCOUNT/.test(key))).toEqual([]);
    const src = join(import.meta.dirname, '..', '..', 'src');
    const code = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(src, name), 'utf8'))
      .join('\n');
    const reads = code.match(/\['(email|upn|preferred_username|unique_name|verified_\w+)'\]/g);
    expect(reads).toEqual(["['preferred_username']"]);
  });

  it('two with one mail are two, and one with a mail of elsewhere is let in', async () => {
    const [first, second] = [users.pop(), users.pop()];
    const named = (mail: string) => {
      world.identityProvider.faults.idToken = {
        claims: (good) => ({
          ...good,
          ...{ preferred_username: mail, email: mail, upn: mail, unique_name: mail },
          ...{ email_verified: true, xms_edov: true, verified_primary_email: [mail] },
        }),
      };
    };
    named('shared@evergreen.example');
    const one = await signedInPerson(world, first);
    const other = await signedInPerson(world, second);
    named('somebody@elsewhere.example');
    const third = await signedInPerson(world, users.pop());
    world.identityProvider.faults.clear();
    for (const each of [one, other, third]) {
      expect(await each.me()).toEqual(ownProfile);
      const list = await each.browser.request(`${app.origin}/sessions`);
      expect((await list.json()).sessions).toHaveLength(1);
    }
    expect(one.hash).not.toBe(other.hash);
  });
});
