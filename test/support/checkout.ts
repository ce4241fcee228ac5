import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Ran } from './tool.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '..', '..');

/** What a clone does not have, and `npm ci` makes. */
const notCloned = new Set([
  ...['.git', 'node_modules', 'dist', '.evergreen', 'local.settings.json', 'test-results'],
]);

type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the project as somebody has it who has cloned and installed it. */
export interface Checkout {
  /** Its folder. */
  path: string;
  /** Runs a command of the documentation as it stands there. */
  run(command: string, environment?: Environment): Promise<Ran>;
  /** Starts one that goes on until it is stopped. */
  start(command: string, environment?: Environment): Started;
  close(): Promise<void>;
}

export interface Started {
  /** All that it has printed so far. */
  output(): string;
  /** Waits until it has printed something. @throws Error if it ends before, or within 20 s does not. */
  printed(text: string): Promise<void>;
  /** Ctrl-C, which reaches all of its processes. */
  interrupt(): Promise<void>;
}

export async function createCheckout(): Promise<Checkout> {
  const path = await mkdtemp(join(tmpdir(), 'evergreen-checkout-'));
  const filter = (source: string) => !notCloned.has(relative(root, source));
  await cp(root, path, { recursive: true, filter });
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  const running: Started[] = [];
  return {
    path,
    run: (command, environment) => run(path, command, environment),
    start(command, environment) {
      const started = start(path, command, environment);
      running.push(started);
      return started;
    },
    async close() {
      for (const each of running) await each.interrupt();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** No settings but those that are given. npm’s scripts find Node by themselves. */
function optionsFor(cwd: string, environment: Environment = {}) {
  const { PATH, CHROMIUM_PATH } = process.env;
  return { cwd, env: { PATH, CHROMIUM_PATH, HOME: cwd, ...environment } };
}

function run(cwd: string, command: string, environment?: Environment): Promise<Ran> {
  const options = { ...optionsFor(cwd, environment), maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile('bash', ['-euo', 'pipefail', '-c', command], options, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

function start(cwd: string, command: string, environment?: Environment): Started {
  const child = spawn('bash', ['-c', command], {
    ...optionsFor(cwd, environment),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += chunk;
    });
  }
  const output = () => text;
  return {
    output,
    async printed(wanted) {
      await until(() => text.includes(wanted) || hasEnded(child));
      if (!text.includes(wanted)) throw new Error(`${command} has ended:\n${text}`);
    },
    async interrupt() {
      if (child.pid === undefined || hasEnded(child)) return;
      const exit = once(child, 'exit');
      process.kill(-child.pid, 'SIGINT');
      await exit;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
