import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { startedSignIn } from '../support/attempted-sign-in.ts';
import { inBatches } from '../support/batches.ts';
import { createBrowserClient } from '../support/browser-client.ts';
import { type ExactAnswer, sendExactly } from '../support/exact-request.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { startWorld, type World } from '../support/world.ts';
import { codeRedemptions, cookieHeader, storedRows } from '../support/world-state.ts';

const minutes = 60_000;
const window = 15 * minutes;
const users = [...generateUsers(3)];

let world: World;
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  app = await world.startApp({ queues: false });
});

// The next test finds nothing counted.
afterEach(() => clock.advance(window, [app]));

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** A sign-in that a stranger has begun, and a code of their own making for it. */
async function begun() {
  const browser = createBrowserClient();
  const { headers } = await browser.request(`${app.origin}/login`);
  const state = new URL(headers.get('location') ?? '').searchParams.get('state') ?? '';
  const headersToSend = { cookie: cookieHeader(browser) };
  return { path: `/callback?state=${state}&code=made-up`, headers: headersToSend };
}

type Begun = Awaited<ReturnType<typeof begun>>;

function beginMany(count: number): Promise<Begun[]> {
  return inBatches(
    Array.from({ length: count }, (_, index) => index),
    20,
    begun,
  );
}

const count = (answers: readonly ExactAnswer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

describe('token calls by strangers', () => {
  it('are 60 in 15 minutes for an address, whatever it calls itself', async () => {
    const begunOnes = await beginMany(300);
    const before = codeRedemptions(world).length;
    const answers = await inBatches(begunOnes, 20, ({ path, headers }, index) => {
      const forged = `192.0.2.${index % 200}`;
      const names = { 'x-forwarded-for': forged, 'x-real-ip': forged, forwarded: `for=${forged}` };
      return sendExactly(app.origin, { path, headers: { ...headers, ...names } });
    });
    expect([count(answers, 400), count(answers, 429)]).toEqual([60, 240]);
    expect(codeRedemptions(world).length - before).toBe(60);
    for (const { header, body } of answers.filter(({ status }) => status === 429)) {
      const wait = Number(header('retry-after'));
      expect(wait > 0 && wait <= window / 1000).toBe(true);
      expect(JSON.parse(body)).toMatchObject({
        code: 'throttled',
        loginUrl: `${app.origin}/login`,
      });
    }
  });

  // Elsewhere there is one address of loopback.
  it.runIf(process.platform === 'linux')('leave other addresses’ alone', async () => {
    const [own, others] = [await beginMany(61), await begun()];
    const send = (each: Begun, localAddress: string) =>
      sendExactly(app.origin, { ...each, localAddress });
    const answers = await inBatches(own, 20, (each) => send(each, '127.0.1.1'));
    expect(count(answers, 429)).toBe(1);
    expect((await send(others, '127.0.1.2')).status).toBe(400);
  });

  it('use up nothing of a person’s sign-in, who gets a page and succeeds later', async () => {
    const strangers = await beginMany(60);
    await inBatches(strangers, 20, (each) => sendExactly(app.origin, each));
    await clock.advance(8 * minutes, [app]);
    const { browser, callback } = await startedSignIn(world, {
      username: users[0]?.username ?? '',
    });
    const before = [await storedRows(world), codeRedemptions(world).length];
    const refused = await browser.request(callback, { headers: { accept: 'text/html' } });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      ...[429, 'text/html; charset=utf-8'],
    ]);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(await refused.text()).toContain('Sign in again in 7 minutes.');
    expect([await storedRows(world), codeRedemptions(world).length]).toEqual(before);
    await clock.advance(7 * minutes, [app]);
    expect((await browser.request(callback)).status).toBe(302);
    expect((await browser.request(`${app.origin}/me`)).status).toBe(200);
  });

  it('are none without a sign-in that was begun there, and then count for nobody', async () => {
    const own = await begun();
    await sendExactly(app.origin, own);
    const before = codeRedemptions(world).length;
    const strange: Begun[] = [
      { ...own, headers: { cookie: '' } },
      { ...own, headers: { cookie: 'sign-in-0=x; sign-in-1=y' } },
      { ...own, path: '/callback?state=x&code=made-up' },
      { ...own, path: '/callback?code=made-up' },
      { ...own, path: own.path.replace('&code=made-up', '') },
      { ...own, path: `${own.path}&error=access_denied` },
      // Used before.
      own,
    ];
    const many = Array.from(
      { length: 70 * strange.length },
      (_, index) => strange[index % strange.length] ?? own,
    );
    const answers = await inBatches(many, 20, (each) => sendExactly(app.origin, each));
    expect(answers.map(({ status }) => status).filter((status) => status === 429)).toEqual([]);
    expect(codeRedemptions(world).length).toBe(before);
    const { browser, callback } = await startedSignIn(world, {
      username: users[1]?.username ?? '',
    });
    expect((await browser.request(callback)).status).toBe(302);
  });
});
