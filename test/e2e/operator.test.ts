import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { asBackEnd, askForToken } from '../support/back-end-client.ts';
import { createCanaries } from '../support/canaries.ts';
import { approveDevice, createDevice } from '../support/devices.ts';
import { openCaches } from '../support/opened-rows.ts';
import { type Person, signedInPerson } from '../support/people.ts';
import { tokensOf } from '../support/stored-entities.ts';
import { dumpTables } from '../support/table-dump.ts';
import { type Ran, runTool } from '../support/tool.ts';
import { startWorld, type World } from '../support/world.ts';

const users = [...generateUsers(14)];
const retained = { RETAIN_WITHOUT_SESSION_DAYS: '30', ENTRA_APP_ROLE: 'Evergreen.ActForUsers' };

let world: World;
let apps: App[];
let folder: string;

beforeAll(async () => {
  [world, folder] = await Promise.all([
    startWorld({ users }),
    mkdtemp(join(tmpdir(), 'evergreen-operator-')),
  ]);
  apps = [
    await world.startApp({ queues: false }),
    await world.startApp({ queues: false, environment: retained }),
  ];
});

afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `npm run user`, with the world's settings, and some others in their place. */
async function operate(args: readonly string[], settings: Record<string, string> = {}) {
  const file = join(folder, `${randomUUID()}.json`);
  await writeFile(file, JSON.stringify({ Values: { ...world.environment, ...settings } }));
  return runTool('user/user.ts', [...args, '--settings', file]);
}

const idOf = ({ oid }: Person) => `${oid}.${world.identityProvider.tenantId}`;

/** What it has printed, an object a line. */
function linesOf({ stdout }: Ran): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** What a list says of somebody. */
async function listed(person: Person, settings?: Record<string, string>) {
  const ran = await operate(['list', '--json'], settings);
  expect(ran.code).toBe(0);
  return linesOf(ran).filter(({ logName }) => logName === person.hash.slice(0, 12));
}

async function rowsOf({ hash }: Person): Promise<string[]> {
  const rows = await dumpTables(world.azurite.connectionString);
  return rows.map((row) => JSON.stringify(row)).filter((text) => text.includes(hash));
}

describe('list', () => {
  it('names everybody who has tokens, by their ids, once for each client', async () => {
    const [user, other] = [users.pop(), users.pop()];
    const [person, neighbour] = [
      await signedInPerson(world, user),
      await signedInPerson(world, other),
    ];
    const device = createDevice(world.origin);
    const started = await device.start();
    await approveDevice(started, user?.username ?? '');
    await device.poll(started);
    const ran = await operate(['list', '--json']);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const named = linesOf(ran).map(({ user: id, flow, state }) => [id, flow, state]);
    expect(named).toHaveLength(3);
    expect(named).toEqual(
      expect.arrayContaining([
        [idOf(person), 'code', 'active'],
        [idOf(person), 'device', 'active'],
        [idOf(neighbour), 'code', 'active'],
      ]),
    );
    const [first] = linesOf(ran);
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(first).toMatchObject({ logName: expect.any(String), lastSeenAt: time, dueAt: time });
  });

  it('shows it to a person too, and those in a state alone', async () => {
    const person = await signedInPerson(world, users.pop());
    const { stdout } = await operate(['list']);
    expect(stdout).toContain(`${idOf(person)}  code    active`);
    expect(stdout).toMatch(/^(\d+) of \1$/m);
    await tokensOf(world, person).change({ state: 'reauth_required', reason: 'mfa_required' });
    const ended = await operate(['list', '--json', '--state', 'reauth_required']);
    const reason = 'mfa_required';
    expect(linesOf(ended)).toMatchObject([
      { user: idOf(person), state: 'reauth_required', reason },
    ]);
  });

  it('tells of rows that it can’t read, and why', async () => {
    const [person, other] = [
      await signedInPerson(world, users.pop()),
      await signedInPerson(world, users.pop()),
    ];
    const foreign = { LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64') };
    expect(await listed(person, foreign)).toMatchObject([{ user: null, unreadable: 'key' }]);
    const row = tokensOf(world, person);
    const whole = await row.read();
    const { cache, accessToken, kid } = await tokensOf(world, other).read();
    await row.change({ cache, accessToken, kid });
    expect(await listed(person)).toMatchObject([{ user: null, unreadable: 'sealed' }]);
    await row.change({ schema: 99 });
    expect(await listed(person)).toMatchObject([{ user: null, unreadable: 'newer_schema' }]);
    const { stdout, stderr } = await operate(['list']);
    expect(stdout).toContain(
      `${person.hash.slice(0, 12)} in the log  code    can’t be read: a newer`,
    );
    expect(stderr).toBe('1 can’t be read\n');
    await row.replace(whole);
  });
});

describe('show', () => {
  it('shows what is kept of a user, and their sessions as they see them', async () => {
    const person = await signedInPerson(world, users.pop());
    const { sessions } = await (await person.browser.request(`${world.origin}/sessions`)).json();
    const ran = await operate(['show', idOf(person), '--json']);
    const [shown] = linesOf(ran);
    const [{ current: _, ...own }] = sessions;
    expect(shown).toMatchObject({
      user: idOf(person),
      logName: person.hash.slice(0, 12),
      tokens: [{ flow: 'code', state: 'active', readable: true, scopes: ['User.Read'] }],
      sessions: [{ id: own.id, kind: 'browser', client: own.client }],
    });
    const { code, stdout } = await operate(['show', idOf(person)]);
    expect(code).toBe(0);
    expect(stdout).toContain(`  ${own.id}  browser  seen `);
    // Neither list nor show has a secret in it.
    const canaries = createCanaries();
    canaries.add('session', person.browser.cookies.get('session'));
    for (const { entries } of (await openCaches(world)).filter(
      (each) => each.user === person.hash,
    )) {
      for (const [kind, tokens] of Object.entries(entries)) {
        for (const { secret } of Object.values(tokens)) canaries.add(kind, secret);
      }
    }
    expect(canaries.counts()).toMatchObject({ session: 2, RefreshToken: 1 });
    const all = [ran, await operate(['list']), await operate(['show', idOf(person)])];
    const text = all.map((each) => each.stdout + each.stderr).join('\n');
    expect(canaries.leaks([{ where: 'output', text }])).toEqual([]);
  });

  it.each([
    [
      'somebody who is not there',
      () => `${randomUUID()}.${randomUUID()}`,
      1,
      /nothing of this user/,
    ],
    ['what names nobody', () => 'alice@evergreen.example', 2, /OID\.TID/],
  ])('says so of %s', async (_name, id, code, words) => {
    const ran = await operate(['show', id()]);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toMatch(words);
  });
});

describe('revoke', () => {
  it('signs a user out on all instances at once, and nobody else', async () => {
    const user = users.pop();
    const [person, elsewhere, other] = [
      await signedInPerson(world, user),
      await signedInPerson(world, user),
      await signedInPerson(world, users.pop()),
    ];
    for (const { origin } of apps) expect((await elsewhere.me(origin)).status).toBe(200);
    const ran = await operate(['revoke', idOf(person), '--yes', '--json']);
    expect([ran.code, linesOf(ran)]).toEqual([
      0,
      [{ command: 'revoke', user: idOf(person), sessions: 2, tokens: 1 }],
    ]);
    const audit = { event: 'audit', action: 'operator-revocation', outcome: 'ok' };
    expect(JSON.parse(ran.stderr)).toEqual({ ...audit, user: person.hash.slice(0, 12) });
    for (const { origin } of apps) {
      expect((await person.me(origin)).status).toBe(401);
      expect((await elsewhere.me(origin)).status).toBe(401);
    }
    expect((await other.me()).status).toBe(200);
    await person.signIn();
    expect((await person.me()).status).toBe(200);
  });

  it('ends tokens that are retained, and tells a back end why', async () => {
    const person = await signedInPerson(world, users.pop());
    const origin = apps[1]?.origin ?? '';
    const ask = async () => askForToken(origin, person.oid, { headers: await asBackEnd(world) });
    expect((await ask()).status).toBe(200);
    expect((await operate(['revoke', idOf(person), '--yes'], retained)).code).toBe(0);
    const reason = 'session_revoked';
    expect(await ask()).toMatchObject({
      status: 409,
      body: { code: 'user_action_required', reason },
    });
    expect(await listed(person)).toMatchObject([
      { user: idOf(person), state: 'reauth_required', reason },
    ]);
    await person.signIn();
    expect((await ask()).status).toBe(200);
  });

  it.each(['revoke', 'forget'])(
    '%s: nothing is done where nobody can be asked',
    async (command) => {
      const person = await signedInPerson(world, users.pop());
      const ran = await operate([command, idOf(person)]);
      expect([ran.code, ran.stdout]).toEqual([2, '']);
      expect(ran.stderr).toContain('--yes');
      expect((await person.me()).status).toBe(200);
    },
  );
});

describe('forget', () => {
  it('leaves no row of the user, retained or not', async () => {
    const person = await signedInPerson(world, users.pop());
    expect((await rowsOf(person)).length).toBeGreaterThan(3);
    const ran = await operate(['forget', idOf(person), '--yes'], retained);
    expect([ran.code, ran.stdout]).toEqual([0, `${idOf(person)}: forgotten\n`]);
    expect(JSON.parse(ran.stderr)).toMatchObject({ action: 'operator-deletion', outcome: 'ok' });
    expect(await rowsOf(person)).toEqual([]);
    expect((await person.me()).status).toBe(401);
    const again = await operate(['forget', idOf(person), '--yes']);
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('npm run user -- list');
  });
});

it.each([
  ['no command', [], 2],
  ['an unknown command', ['delete'], 2],
  ['no user', ['show'], 2],
  ['an unknown state', ['list', '--state', 'ended'], 2],
  ['an unknown option', ['list', '--all'], 2],
])('says how it is called: %s', async (_name, args, code) => {
  const ran = await runTool('user/user.ts', args);
  expect([ran.code, ran.stdout]).toEqual([code, '']);
  expect(ran.stderr).toContain('npm run user -- --help');
});

it('says what is wrong with settings, and with storage that does not answer', async () => {
  const missing = await operate(['list'], { TOKEN_STORAGE: '' });
  expect([missing.code, missing.stdout]).toEqual([1, '']);
  expect(missing.stderr).toMatch(/TOKEN_STORAGE is missing.*npm run doctor/s);
  const { connectionString, tableOrigin } = world.azurite;
  const away = connectionString.replace(tableOrigin, 'http://127.0.0.1:1');
  const ran = await operate(['list'], { TOKEN_STORAGE: away });
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(ran.stderr).toMatch(/does not answer.*npm run doctor/s);
  expect((await operate(['--help'])).stdout).toContain('forget USER');
});
