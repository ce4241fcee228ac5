import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { asBackEnd, askForToken } from '../support/back-end-client.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { createMovingClock, type MovingClock } from '../support/moving-clock.ts';
import { ownProfile, type Person, signedInPerson } from '../support/people.ts';
import { startWorld, type World } from '../support/world.ts';
import { storedRows } from '../support/world-state.ts';

const role = 'Evergreen.ActForUsers';
const users = [...generateUsers(6)];

let world: World;
/** Its settings are in upper case. */
let app: App;
let clock: MovingClock;

beforeAll(async () => {
  clock = createMovingClock();
  world = await startWorld({ users });
  const { tenantId, clientId, deviceClientId, backEnds } = world.identityProvider;
  app = await world.startApp({
    queues: false,
    environment: {
      ENTRA_TENANT_ID: tenantId.toUpperCase(),
      ENTRA_CLIENT_ID: clientId.toUpperCase(),
      ENTRA_DEVICE_CLIENT_ID: deviceClientId.toUpperCase(),
      ENTRA_APP_ROLE: role,
      ENTRA_BACKEND_CLIENT_IDS: backEnds.map((backEnd) => backEnd.clientId.toUpperCase()).join(),
    },
  });
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(async () => {
  clock.restore();
  await world.close();
});

/** Claims that are ids, or have one in them, with their GUIDs in upper case. */
function upperCase(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const guid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi;
  const named = ['aud', 'azp', 'iss', 'oid', 'tid'].filter((name) => claims[name] !== undefined);
  const changed = named.map((name) => [
    name,
    String(claims[name]).replace(guid, (id) => id.toUpperCase()),
  ]);
  return { ...claims, ...Object.fromEntries(changed) };
}

/** From now on the identity provider writes ids in upper case. */
function writeUpperCase(): void {
  world.identityProvider.faults.idToken = { claims: (good) => ({ ...good, ...upperCase(good) }) };
}

const rowsOf = async ({ hash }: Person, table: string) =>
  (await storedRows(world)).filter((row) => row.startsWith(`${table} `) && row.includes(hash));

describe('ids in whatever letter case', () => {
  it('are one user’s, who signs in and has their tokens refreshed', async () => {
    const user = users.pop();
    const first = await signedInPerson(world, user);
    writeUpperCase();
    const second = await signedInPerson(world, user);
    const records = (await rowsOf(second, 'tokens')).filter((row) => row.includes(' c|'));
    expect(records).toHaveLength(1);
    const { sessions } = await (await second.browser.request(`${app.origin}/sessions`)).json();
    expect(sessions).toHaveLength(2);
    await clock.advance(2 * 60 * 60_000, [app]);
    for (const person of [first, second]) expect(await person.me()).toEqual(ownProfile);
    expect((await second.session())['lastRefreshedBy']).toBe('request');
    expect(await second.session()).toMatchObject({ user: { id: user?.oid } });
  });

  it('are one back end’s, and one absent user’s', async () => {
    writeUpperCase();
    const person = await signedInPerson(world, users.pop());
    const { tenantId, clientId, issuer, backEnds } = world.identityProvider;
    const claims = upperCase({
      ...{ aud: `api://${clientId}`, iss: issuer, tid: tenantId, roles: [role] },
      azp: backEnds[0]?.clientId,
    });
    for (const userId of [person.oid, person.oid.toUpperCase()]) {
      const headers = await asBackEnd(world, claims);
      expect((await askForToken(app.origin, userId, { headers })).status).toBe(200);
    }
  });

  it('are one device’s', async () => {
    writeUpperCase();
    const user = users.pop();
    const device = createDevice(app.origin);
    const started = await device.start();
    await approveDevice(started, user?.username ?? '');
    await clock.advance(started.interval * 1000, [app]);
    const { status, body } = await device.poll(started);
    expect(status).toBe(200);
    const me = await device.askAs(body['session'] ?? '', '/me');
    expect([me.status, me.body['id']]).toEqual([200, user?.oid]);
  });

  it('are one issuer’s, which signs out', async () => {
    const person = await signedInPerson(world, users.pop());
    const sid = world.identityProvider.sessionsOf(person.oid).at(-1) ?? '';
    const iss = String(upperCase({ iss: world.identityProvider.issuer })['iss']);
    expect(iss).not.toBe(world.identityProvider.issuer);
    const query = new URLSearchParams({ sid, iss });
    expect((await fetch(`${app.origin}/logout/front-channel?${query}`)).status).toBe(200);
    expect(await person.me()).toMatchObject({ status: 401 });
  });
});
