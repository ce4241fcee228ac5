import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { generateUsers, type StandInUser } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { startedSignIn } from '../support/attempted-sign-in.ts';
import { asBackEnd, askForToken } from '../support/back-end-client.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import type { ProxiedRequest } from '../support/fault-proxy.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { count, gather } from '../support/gathering.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople, signedInPerson } from '../support/people.ts';
import { until } from '../support/until.ts';
import { codeRedemptions, cookieHeader, storedRows } from '../support/world-state.ts';

/** Advisories about what is good once, and about much at once, each tried here. */

const minute = 60_000;
const users = [...generateUsers(40)];

let world: FaultyWorld;
let apps: App[];
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  // A refresh token that is used twice ends the sign-in.
  world = await startFaultyWorld({ users, refreshTokenRotation: 'strict' });
  apps = [await start(), await start()];
});

afterEach(() => {
  world.heal();
  world.graph.challenges.clear();
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function start(): Promise<App> {
  const ENTRA_APP_ROLE = 'Evergreen.ActForUsers';
  const app = await world.startApp({ queues: false, environment: { ENTRA_APP_ROLE } });
  await clock.advance(0, [app]);
  return app;
}

function nextUser(): StandInUser {
  const user = users.pop();
  if (!user) throw new Error('there are more tests than users');
  return user;
}

const origin = (index: number): string => apps[index % apps.length]?.origin ?? '';
const times = <T>(many: number, make: (index: number) => T): T[] =>
  Array.from({ length: many }, (_, index) => make(index));
const later = (ms: number) => clock.advance(ms, apps);
const changes = (table: string) => (request: ProxiedRequest) =>
  request.method !== 'GET' && request.path.includes(`/${table}`);
const isRefresh = ({ body }: ProxiedRequest) => body.includes('grant_type=refresh_token');
const refreshesOf = ({ oid }: Person) =>
  world.identityProvider.tokenCalls.filter(
    ({ grantType, userOid }) => grantType === 'refresh_token' && userOid === oid,
  );

// A one-time token was read, found unused, and only then deleted: all who had read it by then got in.
it('CVE-2026-22751: a state that many have found unused before it is used serves one of them', async () => {
  const { browser, callback } = await startedSignIn(world, nextUser());
  const headers = { cookie: cookieHeader(browser) };
  const [sessions, redeemed] = [await storedRows(world, 'sessions'), codeRedemptions(world).length];
  const consuming = gather(world.tables, changes('states'));
  const answers = times(6, (index) =>
    fetch(callback.replace(world.origin, origin(index)), { headers, redirect: 'manual' }),
  );
  await consuming.size(6);
  expect(codeRedemptions(world)).toHaveLength(redeemed);
  consuming.release();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([302, 400, 400, 400, 400, 400]);
  expect(codeRedemptions(world)).toHaveLength(redeemed + 1);
  expect(await storedRows(world, 'sessions')).toHaveLength(sessions.length + 1);

  const started = await createDevice(origin(0)).start();
  await approveDevice(started, nextUser().username);
  const taking = gather(world.tables, changes('devices'));
  const polls = times(6, (index) => createDevice(origin(index)).poll(started));
  await taking.size(6);
  taking.release();
  const polled = (await Promise.all(polls)).map(({ status }) => status);
  expect(polled.toSorted()).toEqual([200, 429, 429, 429, 429, 429]);
});

// The same of a refresh token: several at once got tokens for one that is good once.
it('CVE-2026-50631: a refresh token that many want to use at once is used once', async () => {
  const person = await signedInPerson(world, nextUser());
  await later(2 * 60 * minute);
  const using = gather(world.tables, changes('tokens'));
  const answers = times(8, (index) => person.me(origin(index)));
  // One of each instance: the others of an instance wait for it.
  await using.size(2);
  using.release();
  expect(await Promise.all(answers)).toEqual(times(8, () => ownProfile));
  expect(refreshesOf(person).map(({ status }) => status)).toEqual([200]);
});

// The answer for one caller was given to another who asked at the same time.
it('CVE-2026-40155: tokens that come all at once come to whom they are for', async () => {
  const people = await signedInPeople(world, times(6, nextUser));
  await later(2 * 60 * minute);
  const refreshing = gather(world.tokens, isRefresh);
  const profiles = people.flatMap((person) => times(2, () => person.me()));
  const headers = await asBackEnd(world);
  const tokens = people.map(({ oid }) => askForToken(origin(0), oid, { headers }));
  await refreshing.size(people.length);
  refreshing.release();
  expect(await Promise.all(profiles)).toEqual(profiles.map(() => ownProfile));
  const owners = (await Promise.all(tokens)).map(({ body }) =>
    decodeJwt(body['accessToken'] ?? ''),
  );
  expect(owners.map(({ oid }) => oid)).toEqual(people.map(({ oid }) => oid));
});

// After a refresh the client went on sending the token from before.
it('CVE-2024-51987: after a refresh an instance that remembers the token from before sends it once, and nobody gets it', async () => {
  const person = await signedInPerson(world, nextUser());
  for (const index of [0, 1]) expect(await person.me(origin(index))).toEqual(ownProfile);
  world.graph.challenges.revoke(person.oid);
  const before = world.graph.calls.length;
  expect(await person.me(origin(0))).toEqual(ownProfile);
  for (const index of times(6, Number)) {
    expect(await person.me(origin(index))).toEqual(ownProfile);
    const { status, body } = await askForToken(origin(index), person.oid, {
      headers: await asBackEnd(world),
    });
    expect(status).toBe(200);
    const authorization = `Bearer ${body['accessToken']}`;
    const me = await fetch(`${world.graph.origin}/v1.0/me`, { headers: { authorization } });
    expect(me.status).toBe(200);
  }
  const statuses = world.graph.calls.slice(before).map(({ status }) => status);
  // Each instance had it in memory, and reads when Graph has refused it.
  expect(statuses.filter((status) => status === 401)).toHaveLength(2);
  expect(statuses.filter((status) => status === 200)).toHaveLength(13);
  expect(statuses).toHaveLength(15);
  expect(refreshesOf(person)).toHaveLength(1);
});

// Who asked for a token with other parameters got the one that was under way.
it('CVE-2025-26620: who wants more of a token gets no token of one who wants less, and the reverse', async () => {
  const person = await signedInPerson(world, nextUser());
  const headers = await asBackEnd(world);
  const ask = (minValiditySeconds: number) =>
    askForToken(origin(0), person.oid, { headers, minValiditySeconds });
  await later(59 * minute + 30_000);
  world.graph.challenges.requireContext(person.oid, 'c1');
  const reads = count(
    world.tables,
    ({ method, path }) => method === 'GET' && path.includes('/tokens'),
  );
  const elsewhere = gather(world.tokens, isRefresh);
  const other = askForToken(origin(1), person.oid, { headers, minValiditySeconds: 3_000 });
  await elsewhere.size(1);
  // The token that is there will do for those who need it now, but not for the others.
  const seen = reads();
  const answers = times(20, (index) => ask(index % 2 === 0 ? 0 : 3_000));
  const challenged = times(4, () => person.me());
  const modest = await Promise.all(answers.filter((_, index) => index % 2 === 0));
  await until(() => reads() >= seen + 24);
  elsewhere.release();
  const demanding = await Promise.all([other, ...answers.filter((_, index) => index % 2 === 1)]);
  const secondsLeft = ({ body }: Awaited<typeof other>) =>
    (Date.parse(body['expiresAt'] ?? '') - Date.now()) / 1000;
  expect(modest.map(secondsLeft).filter((seconds) => seconds > 60)).toEqual([]);
  expect(demanding.map(secondsLeft).filter((seconds) => !(seconds >= 3_000))).toEqual([]);
  for (const { status, code, reason } of await Promise.all(challenged)) {
    expect([status, code, reason]).toEqual([401, 'reauth_required', 'claims_challenge']);
  }
  // With the claims somebody did ask, once; without them once too.
  const claims = refreshesOf(person).map((call) => call.claims?.includes('acrs') ?? false);
  expect(claims.toSorted()).toEqual([false, true]);
});

// Two requests that differed in the resource alone shared the first one’s token.
it('MSAL-8680: two clients of one user at the same moment each get a token of their own', async () => {
  const user = nextUser();
  const person = await signedInPerson(world, user);
  const device = createDevice(origin(0));
  const started = await device.start();
  await approveDevice(started, user.username);
  const { session = '' } = (await device.poll(started)).body;
  await later(2 * 60 * minute);
  const refreshing = gather(world.tokens, isRefresh);
  const messages = '/graph/me/messages';
  const answers = times(4, () => device.askAs(session, messages));
  const others = times(4, () => person.browser.request(origin(0) + messages));
  await refreshing.size(2);
  refreshing.release();
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  // The browser's sign-in has not asked for mail.
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect(
    refreshesOf(person)
      .map(({ scopes = [] }) => scopes.includes('Mail.Read'))
      .toSorted(),
  ).toEqual([...[false, true]]);
});

// Silent calls at once cleared the shared cache for each other: no_tokens_found.
it('MSAL-7909: of many silent calls at once none misses the tokens', async () => {
  const person = await signedInPerson(world, nextUser());
  await later(2 * 60 * minute);
  const answers = await Promise.all(times(30, (index) => person.me(origin(index))));
  expect(answers).toEqual(times(30, () => ownProfile));
  expect(refreshesOf(person).map(({ status }) => status)).toEqual([200]);
  expect((await person.session())['state']).toBe('active');
});

// A client that had not seen the user itself did not look into the store.
it('MSAL-5536: an instance that has never seen a user refreshes with what is stored', async () => {
  const person = await signedInPerson(world, nextUser());
  const cold = await start();
  apps.push(cold);
  expect(await person.me(cold.origin)).toEqual(ownProfile);
  expect(refreshesOf(person)).toEqual([]);
  await later(2 * 60 * minute);
  expect(await person.me((await start()).origin)).toEqual(ownProfile);
  expect(refreshesOf(person).map(({ status }) => status)).toEqual([200]);
});

// A client whose own token had expired asked for another, though the store had one.
it('MSAL-7469: an instance that knows an expired token finds the newer one of another instance', async () => {
  const person = await signedInPerson(world, nextUser());
  for (const index of [0, 1]) expect(await person.me(origin(index))).toEqual(ownProfile);
  await later(2 * 60 * minute);
  expect(await person.me(origin(0))).toEqual(ownProfile);
  expect(await person.me(origin(1))).toEqual(ownProfile);
  expect(refreshesOf(person).map(({ status }) => status)).toEqual([200]);
});
