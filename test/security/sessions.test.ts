import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type BrowserClient, signIn } from '../support/browser-client.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { storedRows } from '../support/world-state.ts';

const users = [...generateUsers(40)];

let world: World;
let apps: App[];
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  apps = [await world.startApp({ queues: false }), await world.startApp({ queues: false })];
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

const newPerson = () => signedInPerson(world, users.pop());
const ownPage = () => ({ 'x-csrf': '1', origin: world.origin });
const sessionOf = ({ cookies }: BrowserClient) => cookies.get('session') ?? '';

function signOut({ browser }: Person, query = '', origin = world.origin): Promise<Response> {
  return browser.request(`${origin}/logout${query}`, { method: 'POST', headers: ownPage() });
}

/** What `/me` is on each instance, asked with a session that its browser may not have any more. */
async function statusesOfMe(session: string): Promise<number[]> {
  const headers = { cookie: `session=${session}` };
  const answers = apps.map(({ origin }) => fetch(`${origin}/me`, { headers }));
  return (await Promise.all(answers)).map(({ status }) => status);
}

describe('sign-out on every instance', () => {
  it.each([0, 1])('from instance %i ends the session at once on all', async (from) => {
    const user = users.pop();
    // With two sessions the tokens stay: it is the session alone that has ended.
    const [phone, laptop] = [await signedInPerson(world, user), await signedInPerson(world, user)];
    for (const person of [phone, laptop]) {
      const session = sessionOf(person.browser);
      // Each instance has the tokens in its memory.
      expect(await statusesOfMe(session)).toEqual([200, 200]);
      expect(await statusesOfMe(sessionOf(laptop.browser))).toEqual([200, 200]);
      expect((await signOut(person, '', apps[from]?.origin)).status).toBe(200);
      expect(await statusesOfMe(session)).toEqual([401, 401]);
      expect(person.browser.cookies.has('session')).toBe(false);
    }
    expect((await storedRows(world)).filter((row) => row.includes(phone.hash))).toEqual([]);
  });

  it('leaves others as they were', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    expect((await signOut(person)).status).toBe(200);
    expect(await statusesOfMe(sessionOf(other.browser))).toEqual([200, 200]);
  });
});

describe('sign-out everywhere', () => {
  it('ends all sessions of a user, of browsers and devices, and nobody else’s', async () => {
    const user = users.pop();
    const [laptop, phone] = [await signedInPerson(world, user), await signedInPerson(world, user)];
    const other = await newPerson();
    const device = createDevice(world.origin);
    const started = await device.start();
    await approveDevice(started, user?.username ?? '');
    const bearer = (await device.poll(started)).body['session'] ?? '';
    const sessions = [laptop, phone].map(({ browser }) => sessionOf(browser));
    for (const session of sessions) expect(await statusesOfMe(session)).toEqual([200, 200]);
    expect((await device.askAs(bearer, '/me')).status).toBe(200);

    expect((await signOut(laptop, '?everywhere=true')).status).toBe(200);

    for (const session of sessions) expect(await statusesOfMe(session)).toEqual([401, 401]);
    for (const { origin } of apps) {
      expect((await createDevice(origin).askAs(bearer, '/me')).status).toBe(401);
    }
    expect(await statusesOfMe(sessionOf(other.browser))).toEqual([200, 200]);
  });

  it('is not what a plain sign-out does: another browser stays signed in', async () => {
    const user = users.pop();
    const [laptop, phone] = [await signedInPerson(world, user), await signedInPerson(world, user)];
    expect((await signOut(laptop)).status).toBe(200);
    expect(await statusesOfMe(sessionOf(phone.browser))).toEqual([200, 200]);
  });
});

describe('A then B in one browser', () => {
  it('B is B on every instance, and A’s session is over', async () => {
    const [first, second] = [users.pop(), users.pop()];
    const person = await signedInPerson(world, first);
    const ofA = sessionOf(person.browser);
    expect(await statusesOfMe(ofA)).toEqual([200, 200]);
    await signIn(person.browser, world.origin, second?.username ?? '', '?prompt=select_account');
    for (const { origin } of apps) {
      const me = await (await person.browser.request(`${origin}/me`)).json();
      expect(me.id).toBe(second?.oid);
      const session = await (await person.browser.request(`${origin}/session`)).json();
      expect(session.user.id).toBe(second?.oid);
      const { sessions } = await (await person.browser.request(`${origin}/sessions`)).json();
      expect(sessions).toHaveLength(1);
    }
    const page = await (await person.browser.request(`${world.origin}/`)).text();
    expect(page.includes(first?.name ?? '')).toBe(false);
    expect(await statusesOfMe(ofA)).toEqual([401, 401]);
    expect((await storedRows(world)).filter((row) => row.includes(person.hash))).toEqual([]);
  });
});

// The last of all: the clock goes on.
describe('idle and absolute lifetime', () => {
  const hour = 60 * 60_000;
  const asked = async (session: string) => {
    const headers = { cookie: `session=${session}` };
    const answers = apps.map(({ origin }) => fetch(`${origin}/session`, { headers }));
    return (await Promise.all(answers)).map(({ status }) => status);
  };

  it('a session that nobody uses ends after 8 hours, for good', async () => {
    const [used, unused] = [await newPerson(), await newPerson()];
    const [inUse, idle] = [sessionOf(used.browser), sessionOf(unused.browser)];
    await clock.advance(7.9 * hour, apps);
    expect(await asked(inUse)).toEqual([200, 200]);
    await clock.advance(0.2 * hour, apps);
    expect(await asked(idle)).toEqual([401, 401]);
    expect(await asked(inUse)).toEqual([200, 200]);
    expect(await asked(idle)).toEqual([401, 401]);
  });

  it('one that is always in use ends after 7 days', async () => {
    const session = sessionOf((await newPerson()).browser);
    for (let turn = 0; turn < 23; turn++) {
      await clock.advance(7 * hour, apps);
      expect(await asked(session)).toEqual([200, 200]);
    }
    await clock.advance(6.9 * hour, apps);
    expect(await asked(session)).toEqual([200, 200]);
    await clock.advance(0.2 * hour, apps);
    expect(await asked(session)).toEqual([401, 401]);
  });
});
