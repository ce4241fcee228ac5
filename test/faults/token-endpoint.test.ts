import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import type { FaultRule } from '../support/fault-proxy.ts';
import { type FaultyWorld, startFaultyWorld } from '../support/faulty-world.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPeople } from '../support/people.ts';
import { isRefreshCall } from '../support/refresh-requests.ts';
import { until } from '../support/until.ts';

const minute = 60_000;
const users = generateUsers(2);

let world: FaultyWorld;
let app: App;
let clock: MovingClock;
/** One whose access token has expired, and one whose is due and valid. */
let people: [expired: Person, due: Person];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startFaultyWorld({ users });
  app = await world.startApp();
});

afterEach(() => world.heal());

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function signInAnew(): Promise<void> {
  world.identityProvider.accessTokenSeconds = 3600;
  const [expired] = await signedInPeople(world, users.slice(0, 1));
  world.identityProvider.accessTokenSeconds = 2 * 3600;
  const [due] = await signedInPeople(world, users.slice(1));
  if (!expired || !due) throw new Error('nobody signed in');
  people = [expired, due];
  await clock.advance(106 * minute, [app]);
}

const answer = (status: number, body = '', headers = {}): FaultRule['action'] => ({
  kind: 'answer',
  status,
  body,
  headers,
});

const html = '<!doctype html><title>Bad gateway</title>';

const faults: [string, FaultRule['action']][] = [
  ['cuts the connection', { kind: 'reset' }],
  ['sends half an answer', { kind: 'truncate' }],
  ['does not answer at all', { kind: 'drop' }],
  ['answers 502 in HTML', answer(502, html, { 'content-type': 'text/html' })],
  ['answers 200 in HTML', answer(200, html, { 'content-type': 'text/html' })],
  ['answers 200 without tokens', answer(200, '{}')],
  ['answers 404 without an error', answer(404, '{}')],
  ['answers 10 MB', answer(200, 'x'.repeat(10 * 1024 * 1024))],
  ['answers 503', answer(503, '{"error":"temporarily_unavailable"}')],
];

describe.each(faults)('while the token endpoint %s', (_, action) => {
  it('a valid token is served, an expired one is 503, and nobody is signed out', {
    timeout: 60_000,
  }, async () => {
    await signInAnew();
    const [expired, due] = people;
    world.tokens.add({ matches: isRefreshCall, action });
    await app.runTimer('refresh-sweep');
    const startedAt = performance.now();
    const failed = await expired.me();
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect(failed).toMatchObject({ status: 503, code: 'temporarily_unavailable' });
    expect(Number(failed.retryAfter)).toBeGreaterThan(0);
    await until(async () => (await due.session())['state'] === 'degraded');
    expect(await due.me()).toEqual(ownProfile);

    world.heal();
    // Calls that hung may fail, and back off, only now.
    await clock.advance(minute, [app]);
    await until(async () => {
      await clock.advance(10_000, [app]);
      return (await expired.me()).status === 200;
    });
    expect(await expired.me()).toEqual(ownProfile);
    expect(await expired.session()).toMatchObject({ state: 'active' });
  });
});

describe('while the token endpoint does not answer', () => {
  it('a token with half a minute left is served, and does not wait for the end of that', async () => {
    await signInAnew();
    const [, due] = people;
    await clock.advance(13 * minute + 30_000, [app]);
    world.tokens.add({ matches: isRefreshCall, action: { kind: 'drop' } });
    expect(await due.me()).toEqual(ownProfile);
  });

  it('what goes on after the answer is logged under the request’s id, outside the invocation', async () => {
    await signInAnew();
    const [, due] = people;
    await clock.advance(13 * minute + 30_000, [app]);
    world.tokens.add({ matches: isRefreshCall, action: { kind: 'drop' } });
    const response = await due.browser.request(`${app.origin}/me`);
    expect(response.status).toBe(200);
    const id = response.headers.get('x-request-id') ?? '';
    const isLate = (line: string) => line.includes(id) && !line.includes('"event":"request"');
    await until(async () => app.log.some(isLate));
    expect(app.log.filter((line) => line.includes('Unexpected call'))).toEqual([]);
  });
});

describe('while the token endpoint redirects', () => {
  it('the refresh token is not sent to where it points', async () => {
    let reached = 0;
    const elsewhere = createServer((_, response) => {
      reached += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const address = elsewhere.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      await signInAnew();
      const location = `http://127.0.0.1:${port}/token`;
      world.tokens.add({ matches: isRefreshCall, action: answer(307, '', { location }) });
      expect((await people[0].me()).status).toBe(503);
      expect(reached).toBe(0);
    } finally {
      elsewhere.close();
    }
  });
});
