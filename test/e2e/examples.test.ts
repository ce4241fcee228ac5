import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { launchChromium, skipsBrowser } from '../support/chromium.ts';
import { approveDevice } from '../support/devices.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const children: ChildProcess[] = [];

let data: string;
let app: string;

/** A process, and what it has printed. */
function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'evergreen-examples-'));
  const output = start(['dev/up.ts', '--data', data]);
  await until(() => output().includes('Ctrl-C stops everything'));
  app = /^ +app +(\S+)$/m.exec(output())?.[1] ?? '';
});

afterAll(async () => {
  for (const child of children.reverse()) {
    const ended = once(child, 'exit');
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await ended;
  }
  await rm(data, { recursive: true, force: true });
});

it('curl.sh reads all of Alice’s mail', async () => {
  const { stdout } = await run('sh', ['examples/curl.sh'], {
    cwd: root,
    env: { ...process.env, EVERGREEN_URL: app },
  });
  expect(stdout.trim().split('\n')).toHaveLength(42);
});

it('the documentation shows the nightly job as it is', async () => {
  const [page, job] = await Promise.all(
    ['docs/back-ends.md', 'examples/nightly-job.mjs'].map((name) =>
      readFile(join(root, name), 'utf8'),
    ),
  );
  expect(page).toContain(job);
});

it('nightly-job.mjs reads the mail of Alice, who is away', async () => {
  await signIn(createBrowserClient(), app, 'alice@evergreen.example', '?scope=Mail.Read');
  const settings = `--env-file=${join(data, 'back-end.env')}`;
  const { stdout } = await run('node', [settings, 'examples/nightly-job.mjs'], { cwd: root });
  expect(stdout.trim().split('\n')).toHaveLength(42);
});

describe('device/client.mjs', () => {
  const client = (...args: string[]) =>
    start(['examples/device/client.mjs', ...args], {
      EVERGREEN_URL: app,
      XDG_CONFIG_HOME: join(data, 'config'),
    });
  const saved = () => join(data, 'config', 'evergreen-device', 'session.json');

  it('shows a code, waits for the sign-in, and reads profile and mail', async () => {
    const output = client();
    await until(() => output().includes('enter the code'));
    const [, verificationUri = '', userCode = ''] =
      /Open (\S+) and enter the code (\w+)/.exec(output()) ?? [];
    await approveDevice({ verificationUri, userCode }, 'bob@evergreen.example');
    await until(() => output().includes('Budget'));
    expect(output()).toContain('Bob Sample <');
    expect(((await stat(saved())).mode & 0o777).toString(8)).toBe('600');
  });

  it('uses the session again, until it is ended', async () => {
    const again = client();
    await until(() => again().includes('Budget'));
    expect(again()).not.toContain('enter the code');
    const { session } = JSON.parse(await readFile(saved(), 'utf8'));
    const ended = client('--logout');
    await until(() => ended().includes('Signed out'));
    await expect(stat(saved())).rejects.toThrow('ENOENT');
    const headers = { authorization: `Bearer ${session}` };
    expect((await fetch(`${app}/session`, { headers })).status).toBe(401);
  });
});

it.skipIf(skipsBrowser)('the page asks for sign-in, then for consent, and shows mail', async () => {
  const output = start(['examples/browser/serve.mjs'], { EVERGREEN_URL: app, PORT: '0' });
  await until(() => output().includes('http://'));
  const address = /http:\S+/.exec(output())?.[0] ?? '';
  const browser = await launchChromium();
  try {
    const session = await browser.newContext();
    const page = await session.newPage();
    await page.goto(address);
    const allow = async (name: string) => {
      const opened = session.waitForEvent('page');
      await page.getByRole('link', { name }).click();
      return opened;
    };
    const signInPage = await allow('Sign in');
    await signInPage.click('button[name="user"][value="bob@evergreen.example"]');
    await signInPage.waitForURL(`${app}/**`);
    await page.reload();
    await page.getByText('Mail of Bob Sample').waitFor();
    const consentPage = await allow('Allow it');
    await consentPage.waitForURL(`${app}/**`);
    await page.reload();
    await page.getByRole('listitem').nth(4).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(5);
  } finally {
    await browser.close();
  }
});
