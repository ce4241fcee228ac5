import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBrowserClient, signIn } from '../support/browser-client.ts';
import { runTool } from '../support/tool.ts';
import { until } from '../support/until.ts';

const root = join(import.meta.dirname, '..', '..');

interface Laptop {
  output: () => string;
  app: string;
  /** Ctrl-C. @returns the exit code. */
  interrupt(): Promise<number | null>;
}

let data: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'evergreen-laptop-'));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGTERM');
  await rm(data, { recursive: true, force: true });
});

/** What `npm start -- --data ...` runs. */
async function start(): Promise<Laptop> {
  const child = spawn(process.execPath, ['dev/up.ts', '--data', data], {
    cwd: root,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  await until(() => text.includes('Ctrl-C stops everything') || child.exitCode !== null);
  return {
    output: () => text,
    app: /^ +app +(\S+)$/m.exec(text)?.[1] ?? '',
    async interrupt() {
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = await exit;
      return code as number | null;
    },
  };
}

async function isListening(origin: string): Promise<boolean> {
  const socket = connect(Number(new URL(origin).port), 'localhost');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it('starts everything, keeps its data between runs, and stops at Ctrl-C', async () => {
  const first = await start();
  expect(first.output()).toMatch(/host +\S/);
  expect(first.output()).toContain('alice@evergreen.example');
  const browser = createBrowserClient();
  await signIn(browser, first.app, 'alice@evergreen.example');
  expect((await browser.request(`${first.app}/me`)).status).toBe(200);
  await until(() => /token call +authorization_code +Alice Example +200/.test(first.output()));
  // Another terminal can look at what runs here.
  const settings = join(data, 'local.settings.json');
  const { code, stdout } = await runTool('doctor/doctor.ts', ['--json', '--settings', settings]);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
  const others = checks.filter(({ name, status }) => name !== 'timer' && status !== 'ok');
  expect([code, checks.length, others]).toEqual([0, 13, []]);
  expect(await first.interrupt()).toBe(0);
  expect(existsSync(settings)).toBe(false);
  expect(await isListening(first.app)).toBe(false);

  const second = await start();
  const me = await browser.request(`${second.app}/me`);
  expect(me.status).toBe(200);
  expect(await me.json()).toMatchObject({ userPrincipalName: 'alice@evergreen.example' });
  expect(second.output()).not.toContain('token call');
  expect(await second.interrupt()).toBe(0);
});

it('takes another port where its own is taken', async () => {
  const servers = [7071, 7080, 7081].map((port) => createServer().listen(port));
  // One that was taken before is taken all the same.
  await Promise.all(servers.map((server) => once(server, 'listening').catch(() => undefined)));
  try {
    const laptop = await start();
    expect(laptop.app).toMatch(/^http:\/\/localhost:\d+$/);
    expect(laptop.app).not.toBe('http://localhost:7071');
    expect((await fetch(`${laptop.app}/health/ready`)).status).toBe(200);
    expect(await laptop.interrupt()).toBe(0);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
});
