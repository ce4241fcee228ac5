import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createBrowserClient } from '../support/browser-client.ts';
import { type DeviceTrial, startDeviceTrial } from '../support/device-trial.ts';
import { approveDevice, createDevice, type DeviceAnswer } from '../support/devices.ts';
import { openDeviceCodes } from '../support/opened-devices.ts';
import { signedInPerson } from '../support/people.ts';
import { dumpQueues, dumpText } from '../support/table-dump.ts';
import { storedRows } from '../support/world-state.ts';

let trial: DeviceTrial;
let world: DeviceTrial['world'];
let app: DeviceTrial['app'];
let device: DeviceTrial['device'];
let nextUser: DeviceTrial['nextUser'];
let later: DeviceTrial['later'];
let tokenCalls: DeviceTrial['tokenCalls'];
let identityProviderAnswers: DeviceTrial['identityProviderAnswers'];

beforeAll(async () => {
  trial = await startDeviceTrial();
  ({ world, app, device, nextUser, later, tokenCalls, identityProviderAnswers } = trial);
});

afterEach(() => world.identityProvider.faults.clear());

afterAll(() => trial.close());

describe('device sign-in off by default', () => {
  it('without its setting there is none, neither to start nor to take', async () => {
    const off = createDevice((await trial.startInstance({ ENTRA_DEVICE_CLIENT_ID: '' })).origin);
    const started = await device.start();
    await approveDevice(started, nextUser().username);
    const before = [await storedRows(world), tokenCalls()];
    const answers = [
      await off.ask('/device', { method: 'POST' }),
      await off.poll(started),
      await off.poll({ handle: 'x' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect([await storedRows(world), tokenCalls()]).toEqual(before);
    expect((await device.poll(started)).status).toBe(200);
  });

  it('it asks for its own scopes alone, whatever a request says', async () => {
    const narrow = createDevice((await trial.startInstance({ DEVICE_SCOPES: 'User.Read' })).origin);
    const wanted = 'scope=Mail.Send&scopes=Mail.Send&client_id=x&tenant=x';
    const { body } = await narrow.ask(`/device?${wanted}`, {
      ...{ method: 'POST', body: wanted },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    await approveDevice(body as never, nextUser().username);
    const { session = '' } = (await narrow.poll(body as never)).body;
    expect((await narrow.askAs(session, '/session')).body['scopes']).toEqual(['User.Read']);
  });
});

it('device code leaves the server: never, and the user’s code in one answer alone', async () => {
  const answers: DeviceAnswer[] = [];
  const ask = async (answer: Promise<DeviceAnswer>) => answers[answers.push(await answer) - 1];
  const first = await device.ask('/device', { method: 'POST' });
  const declined = await device.ask('/device', { method: 'POST' });
  const names = ['expiresIn', 'handle', 'interval', 'userCode', 'verificationUri'];
  const handles = [first, declined].map(({ body }) => body['handle'] ?? '');
  for (const { body } of [first, declined]) {
    expect(Object.keys(body).sort()).toEqual(names);
    expect(body['verificationUri']).not.toContain(body['userCode']);
    // 256 bits.
    expect(body['handle']).toMatch(/^[\dT-]{13}\.[\w-]{43}$/);
  }
  expect(handles[0]?.slice(14)).not.toBe(handles[1]?.slice(14));
  const codes = await openDeviceCodes(world);
  const ours = codes.filter(({ userCode }) =>
    [first.body['userCode'], declined.body['userCode']].includes(userCode),
  );
  expect(ours).toHaveLength(2);
  const hidden = ours.flatMap(({ deviceCode, userCode }) => [deviceCode, userCode]);
  hidden.push(...handles.map((handle) => handle.slice(14)));
  expect(hidden.every((secret) => secret.length >= 9)).toBe(true);

  const texts = [await dumpText(world.azurite.connectionString)];
  const started = first.body as never;
  await ask(device.poll(started));
  await ask(device.poll(started));
  for (const error of ['slow_down', 'invalid_client', 'server_error', 'invalid_grant']) {
    await later(60_000);
    const spoken = `AADSTS70016: device_code ${ours[0]?.deviceCode} of ${ours[0]?.userCode}`;
    identityProviderAnswers({ error, error_description: spoken });
    await ask(device.poll(error === 'invalid_grant' ? (declined.body as never) : started));
  }
  await later(60_000);
  await approveDevice(first.body as never, nextUser().username);
  const { session = '' } = (await ask(device.poll(started)))?.body ?? {};
  for (const path of ['/session', '/sessions', '/me', '/graph/me']) {
    await ask(device.askAs(session, path));
  }
  await ask(device.poll(started));
  await ask(device.poll(declined.body as never));
  expect(answers.map(({ status }) => status)).toEqual([
    ...[202, 429, 429, 503, 503, 410, 200, 200, 200, 200, 200, 410, 410],
  ]);
  texts.push(await dumpText(world.azurite.connectionString), app.log.join('\n'));
  texts.push(...(await dumpQueues(world.azurite.connectionString)));
  texts.push(...answers.map(({ body, headers }) => JSON.stringify([body, ...headers])));
  for (const secret of hidden) {
    expect(texts.filter((text) => text.includes(secret)).length, secret).toBe(0);
  }
});

it('device session as a cookie: it is none, nor is a cookie one of a device', async () => {
  const user = nextUser();
  const person = await signedInPerson(world, user);
  const cookie = person.browser.cookies.get('session') ?? '';
  const started = await device.start();
  await approveDevice(started, user.username);
  const done = await device.poll(started);
  const { session = '' } = done.body;
  expect(done.headers.getSetCookie()).toEqual([]);
  const origin = { origin: app.origin, 'x-csrf': '1' };
  const wrong: Record<string, string>[] = [
    ...['session', '__Host-session', 'Session', 'sign-in-0'].map((name) => ({
      cookie: `${name}=${session}`,
    })),
    ...[`Bearer ${cookie}`, `Basic ${session}`, session].map((authorization) => ({
      authorization,
    })),
    { authorization: `Bearer ${cookie}`, cookie: `session=${session}` },
    ...[{ 'x-session': session }, { 'x-ms-token-aad-access-token': session }],
  ];
  for (const headers of wrong) {
    for (const path of ['/me', '/session', `/me?access_token=${session}&session=${session}`]) {
      const { status } = await device.ask(path, { headers });
      expect([headers, path, status]).toEqual([headers, path, 401]);
    }
    const out = await device.ask('/logout', { method: 'POST', headers: { ...origin, ...headers } });
    expect([headers, out.status]).toEqual([headers, 401]);
  }
  for (const path of ['/me', '/session', '/sessions', '/graph/me']) {
    const { status, headers } = await device.askAs(session, path);
    expect([path, status, headers.getSetCookie()]).toEqual([path, 200, []]);
  }
  const { body } = await device.askAs(session, '/sessions');
  const kinds = (body['sessions'] as unknown as { kind: string }[]).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['browser', 'device']);
  const out = await device.askAs(session, '/logout', { method: 'POST' });
  expect([out.status, out.headers.getSetCookie()]).toEqual([200, []]);
  expect((await person.me()).status).toBe(200);
});

it('device sign-in by a web page is refused, and takes nothing from the device', async () => {
  const started = await device.start();
  await approveDevice(started, nextUser().username);
  const before = [await storedRows(world), tokenCalls()];
  for (const headers of [
    ...[{ origin: 'https://evil.example' }, { origin: 'null' }, { origin: app.origin }],
    ...['cross-site', 'same-site', 'same-origin', 'x'].map((site) => ({ 'sec-fetch-site': site })),
    { origin: app.origin, 'x-csrf': '1', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ]) {
    const page = createDevice(app.origin, headers as Record<string, string>);
    for (const answer of [
      await page.ask('/device', { method: 'POST' }),
      await page.poll(started),
    ]) {
      expect([headers, answer.status, answer.body['code']]).toEqual([
        headers,
        403,
        'csrf_rejected',
      ]);
      const names = [...answer.headers.keys()].filter((name) =>
        /^access-control|cookie/.test(name),
      );
      expect(names).toEqual([]);
    }
  }
  // A page that is loaded, with the cookies of its user, has nothing to show either.
  const victim = createBrowserClient();
  const shown = await victim.navigate(`${app.origin}/device`, { headers: { origin: 'null' } });
  expect([shown.response.status, victim.cookies.size]).toEqual([405, 0]);
  expect([await storedRows(world), tokenCalls()]).toEqual(before);
  expect((await device.poll(started)).status).toBe(200);
});
