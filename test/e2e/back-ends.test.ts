import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App, AppOptions } from '../support/app.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';

const minute = 60_000;
const role = 'Evergreen.ActForUsers';
const users = [...generateUsers(9)];

let world: World;
let app: App;
let clock: MovingClock;
let person: Person;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({ environment: { ENTRA_APP_ROLE: role } });
  person = await signedInPerson(world, users.pop());
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** Takes no messages: its clock is not moved. */
const startOther = (options: Partial<AppOptions> = {}) =>
  world.startApp({ queues: false, ...options });

interface Ask {
  token?: string | undefined;
  oid?: string;
  body?: unknown;
  origin?: string;
}

async function askToken({ token, oid = person.oid, body, origin = app.origin }: Ask = {}) {
  const bearer = token ?? (await world.identityProvider.appToken());
  const response = await fetch(`${origin}/users/${oid}/token`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? { scopes: ['User.Read'] }),
  });
  return { status: response.status, body: await response.json() };
}

async function askGraph(path: string, oid = person.oid, init: RequestInit = {}) {
  const bearer = await world.identityProvider.appToken();
  const headers = { authorization: `Bearer ${bearer}`, ...init.headers };
  const url = `${app.origin}/users/${oid}/graph${path}`;
  const response = await fetch(url, { ...init, headers });
  return { status: response.status, body: await response.json() };
}

const refreshesOf = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  ).length;

const secondsLeft = ({ expiresAt }: { expiresAt: string }) =>
  (Date.parse(expiresAt) - Date.now()) / 1000;

const audits = () =>
  app.log
    .filter((line) => line.includes('"event":"audit"'))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>);

describe('who may', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it('is a back end with the role', async () => {
    expect((await askToken()).status).toBe(200);
  });

  it.each<[string, () => Record<string, unknown>]>([
    ['another audience', () => ({ aud: 'https://graph.microsoft.com' })],
    ['another issuer', () => ({ iss: 'https://sts.example/' })],
    ['another tenant', () => ({ tid: '11111111-1111-4111-8111-111111111111' })],
    ['no tenant', () => ({ tid: undefined })],
    ['its time over', () => ({ exp: now() - 600 })],
    ['no end', () => ({ exp: undefined })],
    ['its time to come', () => ({ nbf: now() + 600 })],
    ['a user in it', () => ({ scp: 'User.Read', idtyp: 'user' })],
    ['no client', () => ({ azp: undefined, appid: undefined })],
  ])('is nobody whose token has %s', async (_, claims) => {
    const token = await world.identityProvider.appToken(claims());
    const { status, body } = await askToken({ token });
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
  });

  it('is nobody whose token somebody else signed, or nobody', async () => {
    const foreign = await world.identityProvider.appToken({}, { key: 'foreign' });
    const [, payload] = (await world.identityProvider.appToken()).split('.');
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const token of [foreign, `${header}.${payload}.`, 'abc', '']) {
      expect((await askToken({ token })).status).toBe(401);
    }
    const none = await fetch(`${app.origin}/users/${person.oid}/token`, { method: 'POST' });
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  it.each([
    [{ roles: undefined }],
    [{ roles: [] }],
    [{ roles: ['Evergreen.Other'] }],
    [{ roles: role }],
  ])('is nobody with %j', async (claims) => {
    const token = await world.identityProvider.appToken(claims);
    const { status, body } = await askToken({ token });
    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('is none but the named, where they are named', async () => {
    const named = await startOther({
      environment: { ENTRA_APP_ROLE: role, ENTRA_BACKEND_CLIENT_IDS: 'somebody else' },
    });
    expect((await askToken({ origin: named.origin })).status).toBe(403);
    const clientId = world.identityProvider.backEnds[0]?.clientId ?? '';
    const own = await startOther({
      environment: { ENTRA_APP_ROLE: role, ENTRA_BACKEND_CLIENT_IDS: `a, ${clientId}` },
    });
    expect((await askToken({ origin: own.origin })).status).toBe(200);
  });

  it('is nobody where it is not configured', async () => {
    const off = await startOther();
    expect((await askToken({ origin: off.origin })).status).toBe(404);
    const graph = await fetch(`${off.origin}/users/${person.oid}/graph/me`);
    expect(graph.status).toBe(404);
  });

  it('no user’s session is enough', async () => {
    const url = `${app.origin}/users/${person.oid}/graph/me`;
    expect((await person.browser.request(url)).status).toBe(401);
  });

  it('keys are fetched once for many, and anew after they were rotated', async () => {
    await askToken();
    const before = world.identityProvider.keyRequests;
    for (let times = 0; times < 5; times++) expect((await askToken()).status).toBe(200);
    expect(world.identityProvider.keyRequests).toBe(before);
    await clock.advance(minute, [app]);
    await world.identityProvider.rotateSigningKey();
    expect((await askToken()).status).toBe(200);
    expect(world.identityProvider.keyRequests).toBe(before + 1);
  });
});

describe('a token', () => {
  it('is what Graph takes, with its scopes and its time', async () => {
    const { body } = await askToken({ oid: person.oid.toUpperCase() });
    expect(body).toEqual({
      accessToken: expect.stringMatching(/^eyJ/),
      tokenType: 'Bearer',
      expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      scopes: expect.arrayContaining(['User.Read']),
    });
    expect(secondsLeft(body)).toBeGreaterThan(60);
    const me = await fetch(`${world.graph.origin}/v1.0/me`, {
      headers: { authorization: `Bearer ${body.accessToken}` },
    });
    expect((await me.json()).id).toBe(person.oid);
  });

  it('is refreshed when less time is left than the caller needs', async () => {
    const somebody = await signedInPerson(world, users.pop());
    await clock.advance(25 * minute, [app]);
    const ask = (minValiditySeconds: number) =>
      askToken({ oid: somebody.oid, body: { scopes: ['User.Read'], minValiditySeconds } });
    await ask(60);
    expect(refreshesOf(somebody)).toBe(0);
    const { body } = await ask(3_500);
    expect(secondsLeft(body)).toBeGreaterThan(3_500);
    expect(refreshesOf(somebody)).toBe(1);
    await ask(3_500);
    expect(refreshesOf(somebody)).toBe(1);
  });

  it.each([
    [{}],
    [{ scopes: [] }],
    [{ scopes: 'User.Read' }],
    [{ scopes: ['User.Read'], minValiditySeconds: -1 }],
    [{ scopes: ['User.Read'], minValiditySeconds: 1e9 }],
    [{ scopes: ['User.Read'], more: true }],
    [{ scopes: ['Directory.ReadWrite.All'] }],
    ['text'],
  ])('is not to be had with %j', async (body) => {
    const { status, body: problem } = await askToken({ body });
    expect([status, problem.code]).toEqual([400, 'invalid_request']);
  });

  it.each(['9d3c1f6e-0000-4000-8000-00000000aaaa', 'nobody', '%2e'])(
    'of %s, who is unknown, is 404',
    async (oid) => {
      expect((await askToken({ oid })).status).toBe(404);
    },
  );

  it('with a scope that the user has not allowed is 409, with where they can', async () => {
    const { status, body } = await askToken({ body: { scopes: ['Mail.Read'] } });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'user_action_required', reason: 'consent_required' });
    expect(new URL(body.loginUrl).searchParams.get('scope')).toBe('Mail.Read');
  });

  it('of a user who has signed out is 404', async () => {
    const somebody = await signedInPerson(world, users.pop());
    expect((await askToken({ oid: somebody.oid })).status).toBe(200);
    await somebody.browser.request(`${app.origin}/logout`, {
      method: 'POST',
      headers: { origin: app.origin, 'x-csrf': '1' },
    });
    expect((await askToken({ oid: somebody.oid })).status).toBe(404);
  });

  it('of a user whose sign-in has ended is 409 with the reason', async () => {
    const somebody = await signedInPerson(world, users.pop());
    await clock.advance(2 * 60 * minute, [app]);
    world.identityProvider.faults.set({
      kind: 'answer',
      status: 400,
      body: { error: 'invalid_grant', error_codes: [50173] },
      match: { userOid: somebody.oid },
    });
    for (let times = 0; times < 2; times++) {
      const { status, body } = await askToken({ oid: somebody.oid });
      expect(status).toBe(409);
      expect(body).toMatchObject({ code: 'user_action_required', reason: expect.any(String) });
      expect(body.loginUrl).toMatch(/\/login/);
    }
  });

  it('of somebody away keeps them among those who are refreshed', async () => {
    const somebody = await signedInPerson(world, users.pop());
    await clock.advance(20 * minute, [app]);
    const tokenBefore = await askToken({ oid: somebody.oid });
    expect(tokenBefore.status).toBe(200);
    const refreshes = refreshesOf(somebody);
    await clock.advance(55 * minute, [app]);
    await app.runTimer('refresh-sweep');
    await expect.poll(() => refreshesOf(somebody), { timeout: 20_000 }).toBe(refreshes + 1);
  });
});

describe('Graph', () => {
  it('is read for somebody who is away, page by page through our origin', async () => {
    const somebody = await signedInPerson(world, users.pop());
    await somebody.browser.navigate(`${app.origin}/login?scope=Mail.Read&returnTo=/health/live`);
    const own = `${app.origin}/users/${somebody.oid}/graph`;
    let next = '/me/messages?$top=20';
    let count = 0;
    while (next) {
      const { status, body } = await askGraph(next, somebody.oid);
      expect(status).toBe(200);
      count += body.value.length;
      const link: string = body['@odata.nextLink'] ?? own;
      expect(link.startsWith(own)).toBe(true);
      next = link.slice(own.length);
    }
    expect(count).toBe(42);
    expect((await askGraph('/me', somebody.oid)).body.id).toBe(somebody.oid);
  });

  it('needs the user’s consent, and what is not on the list is 404', async () => {
    const refused = await askGraph('/me/messages');
    expect([refused.status, refused.body.reason]).toEqual([409, 'consent_required']);
    expect((await askGraph('/users')).status).toBe(404);
    expect((await askGraph('/me/../users')).status).toBe(404);
    expect((await askGraph('/me', person.oid, { method: 'DELETE' })).status).toBe(405);
  });

  it('that wants the user to do more than a refresh can is 409, with the claims', async () => {
    const somebody = await signedInPerson(world, users.pop());
    world.graph.challenges.revoke(somebody.oid);
    expect((await askGraph('/me', somebody.oid)).status).toBe(200);
    world.graph.challenges.requireContext(somebody.oid, 'c1');
    const { status, body } = await askGraph('/me', somebody.oid);
    expect([status, body.code, body.reason]).toEqual([
      ...[409, 'user_action_required', 'claims_challenge'],
    ]);
    expect(new URL(body.loginUrl).searchParams.get('claims')).toMatch(/^[\w-]+$/);
  });
});

it('every call is an audit event, without a name or a token', async () => {
  const before = audits().length;
  await askToken();
  await askGraph('/me');
  await askToken({ token: await world.identityProvider.appToken({ roles: [] }) });
  await askToken({ token: 'abc' });
  const token = `${app.origin}/users/${person.oid}/token`;
  await fetch(token);
  await fetch(`${token}?${'x'.repeat(9_000)}`, { method: 'POST' });
  await fetch(token, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } });
  const strange = ['User.Read', 'not asked for', person.oid];
  await askToken({ body: { scopes: strange } });
  const client = world.identityProvider.backEnds[0]?.clientId;
  const user = person.hash.slice(0, 12);
  expect(audits().slice(before)).toMatchObject([
    { action: 'back-end-token', client, user, scopes: ['User.Read'], outcome: 'ok' },
    { action: 'back-end-graph', client, user, scopes: ['User.Read'], outcome: 'ok' },
    { action: 'back-end-token', client, user, outcome: 'forbidden' },
    { action: 'back-end-token', outcome: 'unauthenticated' },
    { action: 'back-end-token', outcome: 'method_not_allowed' },
    { action: 'back-end-token', outcome: 'invalid_request' },
    { action: 'back-end-token', outcome: 'csrf_rejected' },
    { action: 'back-end-token', client, user, scopes: ['User.Read'], outcome: 'invalid_request' },
  ]);
  expect(audits().slice(before)).toHaveLength(8);
  const log = app.log.join('\n');
  expect(log).not.toContain('eyJ');
  expect(log).not.toContain(person.oid);
});
