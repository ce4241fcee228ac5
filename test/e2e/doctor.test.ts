import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openidMetadata } from '../../dev/identity-provider/endpoints.ts';
import { entraErrorBody } from '../../dev/identity-provider/entra-error.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { tableNames } from '../../src/lib/storage/table-names.ts';
import { signedConnection } from '../support/account-signature.ts';
import type { App } from '../support/app.ts';
import { createCanaries } from '../support/canaries.ts';
import { writeCertificate } from '../support/certificate.ts';
import { type ProxiedRequest, startFaultProxy } from '../support/fault-proxy.ts';
import { serveLocally } from '../support/http-server.ts';
import { type KeyVaultStub, startKeyVault } from '../support/key-vault.ts';
import { signedInPerson } from '../support/people.ts';
import { dumpTables, openTable } from '../support/table-dump.ts';
import { type Ran, runTool } from '../support/tool.ts';
import { startWorld, type World } from '../support/world.ts';
import { storedRows } from '../support/world-state.ts';

type Environment = Record<string, string>;

interface Answer {
  ok: boolean;
  checks: { name: string; status: string; detail: string; mend?: string }[];
}

let world: World;
let app: App;
let vault: KeyVaultStub;
let folder: string;

beforeAll(async () => {
  [world, vault, folder] = await Promise.all([
    startWorld(),
    startKeyVault(),
    mkdtemp(join(tmpdir(), 'evergreen-doctor-')),
  ]);
  app = await world.startApp();
  await signedInPerson(world, world.identityProvider.users[0]);
});

// As often as its schedule has it, however long all of this takes.
beforeEach(() => app.runTimer('refresh-sweep'));

afterAll(async () => {
  await world.close();
  await vault.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the doctor with the world's settings, and some others in their place, from a file. */
async function doctor(settings: Environment = {}, environment: Environment = {}): Promise<Ran> {
  const file = join(folder, `${randomUUID()}.json`);
  const values = { ...world.environment, ...settings };
  await writeFile(file, JSON.stringify({ Values: values }));
  const ran = await runTool('doctor/doctor.ts', ['--json', '--settings', file], { environment });
  expect(leaksIn(ran, values)).toEqual([]);
  return ran;
}

/** Secrets that it has printed. */
function leaksIn({ stdout, stderr }: Ran, values: Environment): string[] {
  const canaries = createCanaries();
  canaries.add('client secret', values['ENTRA_CLIENT_SECRET']);
  canaries.add('wrapping key', values['LOCAL_WRAPPING_KEY']);
  const storage = values['TOKEN_STORAGE'] ?? '';
  canaries.add('account key', /AccountKey=([^;]+)/.exec(storage)?.[1]);
  canaries.add('signature', /[?&]sig=([^&;]+)/.exec(storage)?.[1]);
  canaries.add('access token', 'eyJhbGciOi');
  canaries.add('identity header', 'identity-header-value');
  return canaries.leaks([{ where: 'output', text: stdout + stderr }]);
}

const answerOf = ({ stdout }: Ran) => JSON.parse(stdout) as Answer;

function namesOf({ checks }: Answer, status: string): string[] {
  return checks.filter((check) => check.status === status).map(({ name }) => name);
}

describe('a configuration that is right', () => {
  it('is ok in every check, and nothing is left of them', async () => {
    const before = await storedRows(world);
    const ran = await doctor();
    const answer = answerOf(ran);
    expect(namesOf(answer, 'ok')).toEqual([
      ...['settings', 'clock', 'metadata', 'credential', 'redirect-uri', 'graph-scopes'],
      ...['device-client', 'graph', 'tables', 'queue', 'wrapping-key', 'data-keys', 'timer'],
    ]);
    expect([answer.ok, answer.checks.length, ran.code, ran.stderr]).toEqual([true, 13, 0, '']);
    expect(await storedRows(world)).toEqual(before);
    expect(await world.queueDepth()).toBe(0);
    // It says what it can't know.
    const detailOf = (name: string) => answer.checks.find((check) => check.name === name)?.detail;
    expect(detailOf('credential')).toContain('can’t be known');
    expect(detailOf('graph-scopes')).toContain('can’t be known');
    // There are no tables that it does not look at.
    const tables = (await dumpTables(world.azurite.connectionString)).map(({ table }) => table);
    expect(tableNames).toEqual(expect.arrayContaining([...new Set(tables)]));
  });

  it('is told to a person line by line', async () => {
    const { code, stdout } = await runTool(
      'doctor/doctor.ts',
      ['--settings', '/dev/null/none'],
      {},
    );
    expect([code, stdout]).toEqual([2, '']);
    const file = join(folder, 'settings.json');
    await writeFile(file, JSON.stringify({ Values: world.environment }));
    const ran = await runTool('doctor/doctor.ts', ['--settings', file], {});
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^ok {7}tables {9}a row was written, read and deleted in tokens/m);
    expect(ran.stdout).toContain('13 ok, 0 warning, 0 failed, 0 skipped');
  });
});

/** One thing that is wrong. */
interface Planted {
  settings?: Environment;
  environment?: Environment;
  /** Takes away what was planted beside settings. */
  mend?: () => unknown;
}

interface Misconfiguration {
  name: string;
  plant: () => Planted | Promise<Planted>;
  /** The check that fails, with what it says, and what to do. */
  check: string;
  detail: RegExp;
  mends: RegExp;
  skipped?: string[];
}

const guid = '99999999-aaaa-4bbb-8ccc-dddddddddddd';
const ofEntra = ['credential', 'redirect-uri', 'graph-scopes', 'device-client'];
const afterTables = ['data-keys', 'timer'];
const everything = [
  ...['clock', 'metadata', ...ofEntra, 'graph', 'tables', 'queue', 'wrapping-key', ...afterTables],
];

/** Settings that name another identity provider, or tenant. */
function authority(origin: string, tenant = world.identityProvider.tenantId, more = {}) {
  return {
    ENTRA_TENANT_ID: tenant,
    ENTRA_AUTHORITY_METADATA: JSON.stringify({ ...openidMetadata(origin, tenant), ...more }),
    ENTRA_AUTHORITY_HOST: origin,
  };
}

/** The app's request for a token is refused with a number of Entra's. */
function refused(code: number, settings: Environment = {}): Planted {
  const { faults } = world.identityProvider;
  const body = entraErrorBody({ error: 'invalid_client', code, text: 'No.' });
  const match = { grantType: 'client_credentials' };
  faults.set({ kind: 'answer', status: 401, body, match });
  return { settings, mend: () => faults.clear() };
}

async function certificate(days: number): Promise<Environment> {
  const path = await writeCertificate(join(folder, `${randomUUID()}.pem`), days);
  return { ENTRA_CREDENTIAL: 'certificate', ENTRA_CLIENT_CERTIFICATE_PATH: path };
}

async function keyVault(): Promise<Planted> {
  const path = join(folder, 'vault.pem');
  await writeFile(path, vault.certificate);
  return {
    settings: { KEY_VAULT_KEY_ID: vault.keyId, TOKEN_STORAGE__credential: 'managedidentity' },
    environment: { ...vault.identity, NODE_EXTRA_CA_CERTS: path },
  };
}

const misconfigurations: Misconfiguration[] = [
  {
    name: 'settings that are missing, or not of their form, all at once',
    plant: () => ({
      settings: {
        ENTRA_CLIENT_ID: '',
        REFRESH_SCHEDULE: 'hourly',
        LOCAL_WRAPPING_KEY: 'too-short',
      },
    }),
    check: 'settings',
    detail:
      /^ENTRA_CLIENT_ID is missing\nLOCAL_WRAPPING_KEY must be.*\nREFRESH_SCHEDULE must have six/,
    mends: /Correct these settings/,
    skipped: everything,
  },
  {
    name: 'settings that look right, and can’t be used',
    plant: () => ({
      settings: {
        ENTRA_CLIENT_ID: `"${guid}"`,
        TOKEN_STORAGE: world.azurite.connectionString.replace(
          /TableEndpoint=http:../,
          'TableEndpoint=',
        ),
        KEY_VAULT_KEY_ID: 'https://a:b:c/keys/name',
        WEBSITE_TIME_ZONE: 'Europe/Nowhere',
      },
    }),
    check: 'settings',
    detail:
      /^ENTRA_CLIENT_ID must be.*\nTOKEN_STORAGE must have .*TableEndpoint.*\nKEY_VAULT_KEY_ID must be.*\nWEBSITE_TIME_ZONE must be/,
    mends: /Correct these settings/,
    skipped: everything,
  },
  {
    name: 'settings that contradict each other',
    plant: () => ({ settings: { ENTRA_CREDENTIAL: 'certificate' } }),
    check: 'settings',
    detail: /^ENTRA_CLIENT_CERTIFICATE_PATH is missing: ENTRA_CREDENTIAL is certificate$/,
    mends: /Correct these settings/,
    skipped: everything,
  },
  {
    name: 'a tenant that there is not',
    plant: () => ({ settings: authority(world.identityProvider.origin, guid) }),
    check: 'metadata',
    detail: /^tenant 99999999-.* there is no such tenant \(AADSTS90002\)/,
    mends: /Set ENTRA_TENANT_ID/,
    skipped: ofEntra,
  },
  {
    name: 'an identity provider that can’t be reached',
    plant: () => ({ settings: authority('http://localhost:1') }),
    check: 'metadata',
    detail: /^network calling http:\/\/localhost:1$/,
    mends: /Check ENTRA_AUTHORITY_HOST, and that this machine may reach it/,
    skipped: ofEntra,
  },
  {
    name: 'an issuer that issues in another name',
    plant: () => ({
      settings: authority(world.identityProvider.origin.replace('localhost', '127.0.0.1')),
    }),
    check: 'metadata',
    detail: /tokens are issued by http:\/\/localhost:.*, and accepted from http:\/\/127\.0\.0\.1:/,
    mends: /Set ENTRA_AUTHORITY_METADATA/,
    skipped: ofEntra,
  },
  {
    name: 'a clock that is an hour fast',
    plant: () => ({ environment: { TEST_CLOCK_OFFSET_MS: '3600000' } }),
    check: 'clock',
    detail: /^this machine’s clock is 3[56]\d\d s fast$/,
    mends: /Set the clock/,
    skipped: ['credential', 'device-client', 'tables', 'queue', ...afterTables],
  },
  {
    name: 'a client secret that is not the app’s',
    plant: () => ({ settings: { ENTRA_CLIENT_SECRET: randomBytes(24).toString('base64url') } }),
    check: 'credential',
    detail:
      /^the client secret is not one of the app registration’s \(AADSTS7000215 invalid_client\)$/,
    mends: /Set ENTRA_CLIENT_SECRET to the secret’s value, not to its id/,
  },
  {
    name: 'a client secret that has expired',
    plant: () => refused(7000222),
    check: 'credential',
    detail: /^the client secret has expired \(AADSTS7000222 invalid_client\)$/,
    mends: /Make a new client secret/,
  },
  {
    name: 'an app registration that there is not',
    plant: () => ({ settings: { ENTRA_CLIENT_ID: guid } }),
    check: 'credential',
    detail: /^the tenant does not know the app \(AADSTS700016 unauthorized_client\)$/,
    mends: /Compare ENTRA_CLIENT_ID/,
    skipped: ['redirect-uri', 'graph-scopes'],
  },
  {
    name: 'a certificate that is not there',
    plant: () => ({
      settings: {
        ENTRA_CREDENTIAL: 'certificate',
        ENTRA_CLIENT_CERTIFICATE_PATH: join(folder, 'none.pem'),
      },
    }),
    check: 'credential',
    detail: /^ENTRA_CLIENT_CERTIFICATE_PATH must name a PEM file.* \(ENOENT\)$/,
    mends: /Put the certificate and its private key/,
  },
  {
    name: 'a certificate that has expired',
    plant: async () => ({ settings: await certificate(-1) }),
    check: 'credential',
    detail: /^the certificate has expired on \d{4}-\d\d-\d\d$/,
    mends: /Make a new certificate/,
  },
  {
    name: 'a certificate that is not registered',
    plant: async () => refused(700027, await certificate(100)),
    check: 'credential',
    detail:
      /^the certificate is not one of the app registration’s \(AADSTS700027 invalid_client\)$/,
    mends: /Upload the certificate/,
  },
  {
    name: 'a managed identity that there is not',
    plant: async () => {
      const endpoint = await serveLocally((_, response) => response.writeHead(400).end('{}'));
      return {
        settings: { ENTRA_CREDENTIAL: 'managed-identity' },
        environment: { IDENTITY_ENDPOINT: endpoint.url, IDENTITY_HEADER: 'identity-header-value' },
        mend: endpoint.close,
      };
    },
    check: 'credential',
    detail: /^The managed identity gives no token/,
    mends: /Give the app its identity/,
  },
  {
    name: 'a redirect URI that is not registered',
    plant: () => ({ settings: { PUBLIC_BASE_URL: 'https://app.example.com' } }),
    check: 'redirect-uri',
    detail: /^https:\/\/app\.example\.com\/callback is not registered$/,
    mends: /Register exactly https:\/\/app\.example\.com\/callback/,
    skipped: ['graph-scopes'],
  },
  {
    name: 'scopes that Entra does not take',
    plant: async () => {
      const query = new URLSearchParams({
        error: 'invalid_scope',
        error_description: 'AADSTS70011: The provided value for scope is not valid.',
      });
      const endpoint = await serveLocally((_, response) => {
        response.writeHead(302, { location: `${world.origin}/callback?${query}` }).end();
      });
      const { origin } = world.identityProvider;
      const more = { authorization_endpoint: endpoint.url };
      return { settings: authority(origin, undefined, more), mend: endpoint.close };
    },
    check: 'graph-scopes',
    detail: /^Entra refuses User\.Read Mail\.Read \(AADSTS70011\)$/,
    mends: /Correct GRAPH_SCOPES/,
  },
  {
    name: 'a registration for devices that there is not',
    plant: () => ({ settings: { ENTRA_DEVICE_CLIENT_ID: guid } }),
    check: 'device-client',
    detail: /invalid_client/,
    mends: /Compare ENTRA_DEVICE_CLIENT_ID/,
  },
  {
    name: 'a registration for devices that is no public client',
    plant: () => {
      const { faults } = world.identityProvider;
      const body = entraErrorBody({ error: 'invalid_client', code: 7000218, text: 'No.' });
      faults.set({ kind: 'answer', status: 401, body, match: { grantType: 'device_code' } });
      return { mend: () => faults.clear() };
    },
    check: 'device-client',
    detail: /^the registration wants a client credential \(AADSTS7000218 invalid_client\)$/,
    mends: /Allow public client flows/,
  },
  {
    name: 'Graph that can’t be reached',
    plant: () => ({ settings: { GRAPH_BASE_URL: 'http://localhost:1' } }),
    check: 'graph',
    detail: /^network calling http:\/\/localhost:1$/,
    mends: /Check GRAPH_BASE_URL/,
  },
  {
    name: 'something else in the place of Graph',
    plant: () => ({ settings: { GRAPH_BASE_URL: world.identityProvider.origin } }),
    check: 'graph',
    detail: /^http:\/\/localhost:\d+ answers 404, which is not how Graph asks for a token$/,
    mends: /each national cloud has its own/,
  },
  {
    name: 'storage that allows no tables',
    plant: () => ({
      settings: {
        TOKEN_STORAGE: signedConnection(world.azurite.connectionString, {
          ...{ services: 'q', permissions: 'rwdlacup' },
        }),
      },
    }),
    check: 'tables',
    detail: /^tokens, sessions, sids, .*: Storage refuses the app\..*\(403 \w+\)$/,
    mends: /role Storage Table Data Contributor/,
    skipped: afterTables,
  },
  {
    name: 'storage that allows rows to be written and not to be deleted',
    plant: () => ({
      settings: {
        TOKEN_STORAGE: signedConnection(world.azurite.connectionString, {
          ...{ services: 'qt', permissions: 'rwlacup' },
        }),
      },
      mend: async () => {
        for (const name of tableNames) {
          await openTable(world.azurite.connectionString, name).deleteEntity('doctor', 'trial');
        }
      },
    }),
    check: 'tables',
    detail: /^tokens \(a row is left\), .*: Storage refuses the app\..*\(403 \w+\)$/,
    mends: /read, write and delete/,
    skipped: afterTables,
  },
  {
    name: 'storage that allows no queue',
    plant: () => ({
      settings: {
        TOKEN_STORAGE: signedConnection(world.azurite.connectionString, {
          ...{ services: 't', permissions: 'rwdlacup' },
        }),
      },
    }),
    check: 'queue',
    detail: /^refresh: Storage refuses the app\..*\(403 \w+\)$/,
    mends: /role Storage Queue Data Contributor/,
  },
  {
    name: 'tables that can’t be reached',
    plant: () => ({
      settings: {
        TOKEN_STORAGE: world.azurite.connectionString.replace(
          world.azurite.tableOrigin,
          'http://127.0.0.1:1',
        ),
      },
    }),
    check: 'tables',
    detail: /^tokens, sessions, .*: does not answer \(.*ECONNREFUSED/,
    mends: /Check the addresses in TOKEN_STORAGE/,
    skipped: afterTables,
  },
  {
    name: 'a vault that refuses its key',
    plant: async () => {
      vault.fault = { status: 403 };
      return {
        ...(await keyVault()),
        mend: () => {
          vault.fault = undefined;
        },
      };
    },
    check: 'wrapping-key',
    detail: /^Key Vault refuses its key to this app\..*403/,
    mends: /Key Vault Crypto Service Encryption User/,
    skipped: ['data-keys'],
  },
  {
    name: 'another wrapping key than that of the data keys',
    plant: () => ({ settings: { LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64') } }),
    check: 'data-keys',
    detail: /^another key than the wrapping key has wrapped \d{4}-\d\d-\d\d$/,
    mends: /LOCAL_WRAPPING_KEY_PREVIOUS/,
  },
  {
    name: 'a timer that has stopped',
    plant: async () => {
      const { connectionString } = world.azurite;
      const store = createHeartbeatStore(
        createTable('heartbeats', { kind: 'connection-string', connectionString }),
      );
      const figures = { due: 0, enqueued: 0, oldestOverdueMs: 0, durationMs: 1 };
      await store.writeSweep('timer', { at: Date.now() - 60 * 60_000, ...figures });
      return { mend: () => app.runTimer('refresh-sweep') };
    },
    check: 'timer',
    detail: /^refresh-sweep last ran at \S+Z, and is late for its schedule \(0 \* \* \* \* \*\)$/,
    mends: /its function refresh-sweep is enabled/,
  },
];

describe('what is wrong is named, and nothing else', () => {
  it.each(misconfigurations)('$name', async ({ plant, check, detail, mends, skipped = [] }) => {
    const { settings, environment, mend } = await plant();
    try {
      const ran = await doctor(settings, environment);
      const answer = answerOf(ran);
      expect(namesOf(answer, 'failed')).toEqual([check]);
      const found = answer.checks.find(({ name }) => name === check);
      expect(found?.detail).toMatch(detail);
      expect(found?.mend).toMatch(mends);
      expect(namesOf(answer, 'skipped')).toEqual(skipped);
      expect(namesOf(answer, 'warning')).toEqual([]);
      expect([answer.ok, ran.code]).toEqual([false, 1]);
    } finally {
      await mend?.();
    }
  });
});

describe('what will be wrong is a warning, and no failure', () => {
  it.each<[string, string, RegExp, () => Planted | Promise<Planted>]>([
    [
      'a certificate that expires soon',
      'credential',
      /it expires on \d{4}/,
      async () => {
        const { faults } = world.identityProvider;
        const body = { access_token: 'eyJhbGciOi', token_type: 'Bearer', expires_in: 60 };
        const match = { grantType: 'client_credentials' };
        faults.set({ kind: 'answer', status: 200, body, match });
        return { settings: await certificate(10), mend: () => faults.clear() };
      },
    ],
    [
      'a timer that has not run yet',
      'timer',
      /has never run/,
      async () => {
        await openTable(world.azurite.connectionString, 'heartbeats').deleteEntity(
          'refresh',
          'sweep',
        );
        return { mend: () => app.runTimer('refresh-sweep') };
      },
    ],
    [
      'a new wrapping key, while data keys need the earlier one',
      'data-keys',
      /^an earlier wrapping key is still needed for \d{4}-\d\d-\d\d$/,
      () => ({
        settings: {
          LOCAL_WRAPPING_KEY: randomBytes(32).toString('base64'),
          LOCAL_WRAPPING_KEY_PREVIOUS: world.environment['LOCAL_WRAPPING_KEY'] ?? '',
        },
      }),
    ],
  ])('%s', async (_name, check, detail, plant) => {
    const { settings, mend } = await plant();
    try {
      const ran = await doctor(settings);
      const answer = answerOf(ran);
      expect([namesOf(answer, 'warning'), namesOf(answer, 'failed')]).toEqual([[check], []]);
      expect(answer.checks.find(({ name }) => name === check)?.detail).toMatch(detail);
      expect([answer.ok, ran.code]).toEqual([true, 0]);
    } finally {
      await mend?.();
    }
  });
});

it('opens what Key Vault has wrapped', async () => {
  const { settings, environment } = await keyVault();
  const answer = answerOf(await doctor(settings, environment));
  expect(answer.checks.find(({ name }) => name === 'wrapping-key')).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining(vault.keyId),
  });
  // The last is for the data keys: which version would wrap them now?
  expect(vault.operations).toEqual(['get', 'wrapkey', 'unwrapkey', 'get']);
});

it('shows no device code, whatever comes of it', async () => {
  const { origin, tenantId, tokenEndpoint } = world.identityProvider;
  const proxy = await startFaultProxy(origin);
  const codes = { device_code: 'canary-device-code', user_code: 'CANARYCODE' };
  const more = { verification_uri: 'https://login.example/device', expires_in: 900, interval: 5 };
  const body = JSON.stringify({ ...codes, ...more });
  const matches = ({ path }: ProxiedRequest) => path.endsWith('/devicecode');
  proxy.add({ matches, action: { kind: 'answer', status: 200, body } });
  // The device authorization endpoint is the token endpoint's neighbour.
  const token_endpoint = tokenEndpoint.replace(origin, proxy.origin);
  const ran = await doctor(authority(origin, tenantId, { token_endpoint }));
  await proxy.close();
  expect(namesOf(answerOf(ran), 'failed')).toEqual(['device-client']);
  for (const code of Object.values(codes)) expect(ran.stdout + ran.stderr).not.toContain(code);
});

it('says how it is called, to whoever calls it otherwise', async () => {
  const wrong = await runTool('doctor/doctor.ts', ['--jsn']);
  expect([wrong.code, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toContain('--help');
  const help = await runTool('doctor/doctor.ts', ['--help']);
  expect([help.code, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toContain('--settings FILE');
});
