import { afterEach, describe, expect, it, vi } from 'vitest';
import { bundlePath } from '../../build.ts';
import { type FunctionsHost, startHost } from '../../dev/functions-host/host.ts';
import { settingKeys } from '../../src/lib/config/settings.ts';
import { startApp, wrappingKey } from '../support/app.ts';
import { bundlePaths } from '../support/bundle-routes.ts';
import { hostileSecrets, hostileSettings } from '../support/hostile-settings.ts';

/** Settings that are in order. Nothing listens where they lead. */
const settings: Readonly<Record<string, string>> = {
  PUBLIC_BASE_URL: 'http://localhost:7071',
  ENTRA_TENANT_ID: '11111111-2222-4333-8444-555555555555',
  ENTRA_CLIENT_ID: '99999999-2222-4333-8444-555555555555',
  ENTRA_CREDENTIAL: 'secret',
  ENTRA_CLIENT_SECRET: 'a-client-secret',
  TOKEN_STORAGE: 'UseDevelopmentStorage=true',
  LOCAL_WRAPPING_KEY: wrappingKey,
};

/** What is the same for everybody and needs no setting. */
const open = ['/health/live', '/page.js', '/openapi.json'];
const closed = bundlePaths().filter((path) => !open.includes(path));

let host: FunctionsHost | undefined;

afterEach(async () => {
  await host?.close();
  host = undefined;
  vi.unstubAllEnvs();
});

/** Runs the bundle in this process, in which an error that nobody catches fails the test run. */
async function startHere(given: Record<string, string>) {
  for (const key of settingKeys) vi.stubEnv(key, { ...settings, ...given }[key]);
  const log: string[] = [];
  const options = { bundle: bundlePath, port: 0, timers: false, queues: false };
  host = await startHost({ ...options, log: (_level, text) => log.push(text) });
  return { origin: host.origin, log };
}

interface Started {
  origin: string;
  log: readonly string[];
}

async function expectMisconfigured({ origin, log }: Started, keys: string[]): Promise<void> {
  // The second time after whatever the first has put off.
  for (const path of [...closed, ...closed]) {
    const answer = await fetch(`${origin}${path}`, { redirect: 'manual' });
    const { code, requestId } = (await answer.json()) as Record<string, string>;
    const isOther = answer.status === 404 || answer.status === 405;
    if (!isOther) expect([path, answer.status, code]).toEqual([path, 503, 'misconfigured']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-request-id')).toBe(requestId);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    if (!isOther) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const ready = await fetch(`${origin}/health/ready`);
  const { detail } = (await ready.json()) as { detail: string };
  for (const key of keys) expect(detail).toMatch(new RegExp(`(^|; )${key} `));
  expect((await fetch(`${origin}/health/live`)).status).toBe(200);
  const printed = detail + log.join('\n');
  for (const secret of hostileSecrets) expect(printed).not.toContain(secret);
}

const accountKey = Buffer.alloc(64, 1).toString('base64');
const account = `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${accountKey}`;
const unusable = { TOKEN_STORAGE: `${account};TableEndpoint=host;QueueEndpoint=https://q.example` };

it('asks most routes', () => {
  expect(closed.length).toBeGreaterThan(15);
});

it('a process with a setting that can’t be used stays alive', async () => {
  const environment = { ...settings, ...unusable };
  const app = await startApp({ port: 0, queues: false, environment });
  await expectMisconfigured(app, ['TOKEN_STORAGE']);
  expect(app.log.join('\n')).not.toMatch(/uncaught|unhandled/i);
  await app.close();
});

describe('one value that looks right and can’t be used', () => {
  it.each([
    ['TOKEN_STORAGE', unusable.TOKEN_STORAGE],
    ['TOKEN_STORAGE', `${account};TableEndpoint=https://t.example;QueueEndpoint=host`],
    ['TOKEN_STORAGE', `${account};EndpointSuffix=core.windows .net`],
    ['TOKEN_STORAGE', `${account.replace(accountKey, '!!!')};EndpointSuffix=core.windows.net`],
    ['TOKEN_STORAGE', `${account.replace('https', 'http')};EndpointSuffix=core.windows.net`],
    ['KEY_VAULT_KEY_ID', 'https://a:b:c/keys/name'],
    ['ENTRA_CLIENT_ID', `"${settings['ENTRA_CLIENT_ID']}"`],
    ['ENTRA_AUTHORITY_METADATA', hostileSettings['ENTRA_AUTHORITY_METADATA']?.at(-3) ?? ''],
    ['WEBSITE_TIME_ZONE', 'Europe/Nowhere'],
  ])('closes the app, and %s is named: %.60s', async (key, value) => {
    await expectMisconfigured(await startHere({ [key]: value }), [key]);
  });
});

/** Other rules hold where there is a stand-in for Entra. An environment holds no NUL. */
function isAmongOthers([key, value]: readonly [string, string]): boolean {
  return key !== 'ENTRA_AUTHORITY_METADATA' && !value.includes('\u0000');
}

/** Of each setting its value with this number, over and over. */
function round(number: number): Record<string, string> {
  const values = Object.entries(hostileSettings).map(
    ([key, all]) => [key, all[number % all.length] ?? ''] as const,
  );
  return Object.fromEntries(values.filter(isAmongOthers));
}

const rounds = Array.from({ length: 12 }, (_, number) => number);

describe('hostile values of all settings at once', () => {
  it.each(rounds)('close the app, and each setting is named: round %d', async (number) => {
    const environment = round(number);
    await expectMisconfigured(await startHere(environment), Object.keys(environment));
  });
});
