import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { fromOwnPage, graphScopes } from '../support/graph-people.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';

const seconds = 1_000;
const minutes = 60 * seconds;
const users = [...generateUsers(9)];

let world: World;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  const scopes = graphScopes.join(' ');
  app = await world.startApp({
    queues: false,
    environment: { GRAPH_SCOPES: scopes, ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
  });
});

afterEach(() => {
  world.graph.rejected.clear();
  world.graph.faults.clear();
  world.identityProvider.faults.clear();
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const refreshesOf = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  ).length;

const graphCallsOf = ({ oid }: Person) =>
  world.graph.calls.filter(({ userOid }) => userOid === oid).length;

async function askAsBackEnd(path: string, init: RequestInit = {}) {
  const authorization = `Bearer ${await world.identityProvider.appToken()}`;
  const url = `${app.origin}/users/${path}`;
  const response = await fetch(url, { ...init, headers: { authorization, ...init.headers } });
  return { status: response.status, body: await response.json() };
}

it('a token that Graph rejects is refreshed, and nobody notices', async () => {
  const person = await signedInPerson(world, users.pop());
  expect((await person.me()).status).toBe(200);
  world.graph.rejected.reject(person.oid);
  expect(await person.me()).toMatchObject({ status: 200, isOwn: true });
  expect(refreshesOf(person)).toBe(1);
  // The new token is kept.
  expect((await person.me()).status).toBe(200);
  expect([refreshesOf(person), graphCallsOf(person)]).toEqual([1, 4]);
});

it('a token that expires on its way is refreshed', async () => {
  const person = await signedInPerson(world, users.pop());
  const body = { error: { code: 'InvalidAuthenticationToken', message: 'The token is expired.' } };
  world.graph.faults.next(1, { kind: 'answer', status: 401, body });
  expect(await person.me()).toMatchObject({ status: 200, isOwn: true });
  expect([refreshesOf(person), graphCallsOf(person)]).toEqual([1, 2]);
});

it('a POST is sent again with its body', async () => {
  const person = await signedInPerson(world, users.pop());
  await person.browser.navigate(`${app.origin}/login?scope=Mail.Send&returnTo=/health/live`);
  world.graph.rejected.reject(person.oid);
  const message = { subject: 'Hello', body: { content: 'x' }, toRecipients: [] };
  const init = { method: 'POST', body: JSON.stringify({ message }) };
  const headers = { 'content-type': 'application/json' };
  const sent = fromOwnPage(app, { ...init, headers });
  const before = world.graph.calls.length;
  const { status } = await person.browser.request(`${app.origin}/graph/me/sendMail`, sent);
  expect(status).toBe(202);
  const sizes = world.graph.calls.slice(before).map(({ bodyBytes }) => bodyBytes);
  expect(sizes).toEqual([init.body.length, init.body.length]);
});

it('twenty rejected requests at once cause one token call', async () => {
  const person = await signedInPerson(world, users.pop());
  expect((await person.me()).status).toBe(200);
  world.graph.rejected.reject(person.oid);
  const answers = await Promise.all(Array.from({ length: 20 }, () => person.me()));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(refreshesOf(person)).toBe(1);
});

it('a user whose new token is rejected too is told, and costs one token call a minute', async () => {
  const person = await signedInPerson(world, users.pop());
  world.graph.rejected.rejectAll(person.oid);
  for (let times = 0; times < 4; times++) {
    const { status, code, reason, loginUrl } = await person.me();
    expect([status, code, reason]).toEqual([401, 'reauth_required', 'token_rejected']);
    expect(loginUrl).toBe(`${app.origin}/login`);
  }
  expect(refreshesOf(person)).toBe(1);
  await clock.advance(61 * seconds, [app]);
  expect((await person.me()).reason).toBe('token_rejected');
  expect(refreshesOf(person)).toBe(2);
  expect((await person.session())['state']).toBe('active');
  world.graph.rejected.clear();
  expect((await person.me()).status).toBe(200);
});

it('a refresh that fails for a reason that isn’t the user’s is 503, not 401', async () => {
  const person = await signedInPerson(world, users.pop());
  world.graph.rejected.reject(person.oid);
  world.identityProvider.faults.set({ kind: 'answer', status: 503, body: 'busy' });
  const { status, code, loginUrl, retryAfter } = await person.me();
  expect([status, code, loginUrl]).toEqual([503, 'temporarily_unavailable', undefined]);
  expect(retryAfter).toMatch(/^\d+$/);
});

it('back ends’ calls are repeated with a new token too', async () => {
  const person = await signedInPerson(world, users.pop());
  world.graph.rejected.reject(person.oid);
  expect(await askAsBackEnd(`${person.oid}/graph/me`)).toMatchObject({
    status: 200,
    body: { id: person.oid },
  });
  expect(refreshesOf(person)).toBe(1);
  await clock.advance(61 * seconds, [app]);
  world.graph.rejected.rejectAll(person.oid);
  const { status, body } = await askAsBackEnd(`${person.oid}/graph/me`);
  expect([status, body.code, body.reason]).toEqual([
    ...[409, 'user_action_required', 'token_rejected'],
  ]);
});

it('a validity that no token has costs one token call a minute, over all instances', async () => {
  const other = await world.startApp({
    queues: false,
    environment: { ENTRA_APP_ROLE: 'Evergreen.ActForUsers' },
  });
  const person = await signedInPerson(world, users.pop());
  await clock.advance(2 * minutes, [app, other]);
  const bearer = await world.identityProvider.appToken();
  const ask = async ({ origin }: App) => {
    const response = await fetch(`${origin}/users/${person.oid}/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}` },
      body: JSON.stringify({ scopes: ['User.Read'], minValiditySeconds: 3_600 }),
    });
    return { status: response.status, body: await response.json() };
  };
  const answers = [];
  for (let passed = 0; passed < 4; passed++) {
    answers.push(await ask(app), await ask(other));
    await clock.advance(14 * seconds, [app, other]);
  }
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect(new Set(answers.map(({ body }) => body.accessToken)).size).toBe(1);
  expect(Date.parse(answers.at(-1)?.body.expiresAt) - Date.now()).toBeLessThan(3_600 * seconds);
  expect(refreshesOf(person)).toBe(1);
  await clock.advance(10 * seconds, [app, other]);
  await Promise.all([ask(app), ask(other), ask(app)]);
  expect(refreshesOf(person)).toBe(2);
});
