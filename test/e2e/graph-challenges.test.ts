import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { fromOwnPage, graphScopes } from '../support/graph-people.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(6)];

let world: World;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({ environment: { GRAPH_SCOPES: graphScopes.join(' ') } });
});

afterEach(() => {
  world.graph.challenges.clear();
  world.graph.faults.clear();
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const refreshesOf = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  );

const graphCallsOf = ({ oid }: Person) =>
  world.graph.calls.filter(({ userOid }) => userOid === oid);

it('a challenge that a refresh can meet is met, and nobody notices', async () => {
  const person = await signedInPerson(world, users.pop());
  expect((await person.me()).status).toBe(200);
  world.graph.challenges.revoke(person.oid);
  expect(await person.me()).toMatchObject({ status: 200, isOwn: true });
  expect(refreshesOf(person)).toHaveLength(1);
  expect(refreshesOf(person)[0]?.claims).toContain('nbf');
  // The better token is kept.
  expect((await person.me()).status).toBe(200);
  expect(refreshesOf(person)).toHaveLength(1);
});

it('twenty challenged requests at once cause one token call', async () => {
  const person = await signedInPerson(world, users.pop());
  expect((await person.me()).status).toBe(200);
  world.graph.challenges.revoke(person.oid);
  const answers = await Promise.all(Array.from({ length: 20 }, () => person.me()));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(refreshesOf(person)).toHaveLength(1);
});

it('a challenge for the user is 401 with the claims, and signing in with them meets it', async () => {
  const person = await signedInPerson(world, users.pop());
  world.graph.challenges.requireContext(person.oid, 'c1');
  const refused = await person.me();
  expect(refused).toMatchObject({
    status: 401,
    code: 'reauth_required',
    reason: 'claims_challenge',
  });
  const loginUrl = new URL(refused.loginUrl ?? '');
  const claims = Buffer.from(loginUrl.searchParams.get('claims') ?? '', 'base64url').toString();
  expect(JSON.parse(claims)).toEqual({ access_token: { acrs: { essential: true, value: 'c1' } } });

  // The sign-in goes on: other resources need no more than it has.
  expect((await person.session())['state']).toBe('active');
  const asked = refreshesOf(person).length;
  expect(asked).toBe(1);

  // Who asks again and again is told the same, and Entra hears nothing of it.
  const graphCalls = graphCallsOf(person).length;
  for (let times = 0; times < 3; times++) expect((await person.me()).status).toBe(401);
  expect(refreshesOf(person)).toHaveLength(asked);
  expect(graphCallsOf(person)).toHaveLength(graphCalls + 3);

  await person.browser.navigate(`${loginUrl.href}&returnTo=/health/live`);
  expect(await person.me()).toMatchObject({ status: 200, isOwn: true });
});

it('a token that is refused again is no loop', async () => {
  const person = await signedInPerson(world, users.pop());
  const challenge = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1"}}}');
  world.graph.faults.set({
    kind: 'answer',
    status: 401,
    body: { error: { code: 'InvalidAuthenticationToken' } },
    headers: {
      'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${challenge.toString('base64')}"`,
    },
  });
  const before = world.graph.calls.length;
  expect(await person.me()).toMatchObject({ status: 401, reason: 'claims_challenge' });
  expect(world.graph.calls.length - before).toBe(2);
  expect(refreshesOf(person)).toHaveLength(1);
});

it('what changes something is not done when nobody waits for it any more', async () => {
  const person = await signedInPerson(world, users.pop());
  await person.browser.navigate(`${app.origin}/login?scope=Mail.Send&returnTo=/health/live`);
  world.graph.challenges.revoke(person.oid);
  const hold = world.graph.faults.next(1, { kind: 'hold' });
  const body = JSON.stringify({ message: { subject: 'Hello' } });
  const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
  const before = world.graph.calls.length;
  const sending = person.browser.request(`${app.origin}/graph/me/sendMail`, fromOwnPage(app, init));
  await hold.held;
  await clock.advance(11_000, [app]);
  hold.release();
  const response = await sending;
  expect([response.status, (await response.json()).code]).toEqual([503, 'temporarily_unavailable']);
  // It was challenged, the tokens are better now, and nothing was sent with them.
  expect(refreshesOf(person)).toHaveLength(1);
  expect(world.graph.calls.length - before).toBe(1);
});

it('no claims or tokens of a challenge are in the log', () => {
  expect(app.log.join('\n')).not.toMatch(/nbf|acrs|eyJ/);
});
