import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { organizations, storedRows } from '../support/world-state.ts';

const guest = seededUsers.find(({ home }) => home !== undefined);
const otherTenant = '22222222-2222-4333-8444-555555555555';

let world: World;
let clock: MovingClock;
const apps: App[] = [];

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld();
  apps.push(
    await world.startApp({ environment: organizations(world, [world.identityProvider.tenantId]) }),
  );
});

afterAll(async () => {
  clock.restore();
  await world.close();
});

async function appFor(...allowed: string[]): Promise<App> {
  const app = await world.startApp({ queues: false, environment: organizations(world, allowed) });
  apps.push(app);
  await clock.advance(0, apps);
  return app;
}

describe('an app for several tenants', () => {
  it('takes users of those that are listed, and refreshes their tokens', async () => {
    const person = await signedInPerson(world, seededUsers[0]);
    expect(await person.me()).toMatchObject({ status: 200, isOwn: true });
    const app = await appFor(otherTenant, world.identityProvider.tenantId);
    await clock.advance(2 * 60 * 60_000, apps);
    expect(await person.me(app.origin)).toMatchObject({ status: 200, isOwn: true });
    expect((await person.session(app.origin))['lastRefreshedBy']).toBe('request');
  });

  it('refuses users of others, and keeps nothing of them', async () => {
    const rowsBefore = await storedRows(world);
    const app = await appFor(otherTenant);
    const browser = createBrowserClient();
    const page = await browser.navigate(`${app.origin}/login`);
    const callback = await browser.navigate(
      page.url,
      { method: 'POST', body: new URLSearchParams({ user: 'bob@evergreen.example' }) },
      (url) => url.startsWith(`${world.origin}/callback`),
    );
    const { search } = new URL(callback.url);
    const refused = await browser.request(`${app.origin}/callback${search}`);
    expect([refused.status, (await refused.json()).reason]).toEqual([403, 'tenant_not_allowed']);
    expect(browser.cookies.has('session')).toBe(false);
    expect((await storedRows(world)).length).toBe(rowsBefore.length);
  });
});

it('a guest signs in, and is known by who they are in this tenant', async () => {
  const browser = createBrowserClient();
  await signIn(browser, world.origin, guest?.username ?? '', '?returnTo=/health/live');
  const me = await (await browser.request(`${world.origin}/me`)).json();
  expect(me.id).toBe(guest?.oid);
  const session = await (await browser.request(`${world.origin}/session`)).json();
  expect(session.user).toMatchObject({
    ...{ id: guest?.oid, tenantId: world.identityProvider.tenantId },
  });
});

it('a guest’s tokens are refreshed', async () => {
  const app = await appFor(world.identityProvider.tenantId);
  const person = await signedInPerson(world, guest);
  await clock.advance(2 * 60 * 60_000, apps);
  expect(await person.me(app.origin)).toMatchObject({ status: 200, isOwn: true });
});
