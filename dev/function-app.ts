import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBundle } from '../build.ts';
import { endOf, endWithUs, forwardLines, stopGroup } from './child-process.ts';
import { type CoreTools, findCoreTools } from './core-tools.ts';
import type { SettingValues } from './local-settings.ts';

export interface FunctionAppOptions {
  readonly port: number;
  readonly settings: SettingValues;
  /** Receives what the app and its host print. */
  readonly line: (text: string) => void;
}

/** The running functions. */
export interface FunctionApp {
  /** Which host runs them, and why. */
  readonly host: string;
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..');
const smallHost = join(import.meta.dirname, 'functions-host/main.ts');
const startWithinMs = 120_000;

/**
 * Runs the functions on Azure Functions Core Tools, or on the small host in `functions-host` where
 * they aren't installed or can't start: offline they miss their extension bundle.
 * @throws when neither starts
 */
export async function startFunctionApp(options: FunctionAppOptions): Promise<FunctionApp> {
  const tools = findCoreTools();
  if (!tools) return startOnSmallHost(options, 'Azure Functions Core Tools are not installed');
  await buildBundle();
  try {
    return await startOnCoreTools(options, tools);
  } catch (error) {
    options.line(error instanceof Error ? error.message : String(error));
    return startOnSmallHost(options, 'Azure Functions Core Tools could not start');
  }
}

function startOnCoreTools(options: FunctionAppOptions, tools: CoreTools): Promise<FunctionApp> {
  const child = spawn('func', ['start', '--port', `${options.port}`], {
    ...inOwnGroup,
    env: { ...process.env, ...options.settings, PATH: tools.path },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const host = `Azure Functions Core Tools ${tools.version}, as they are installed`;
  return whenReady({ child, host, options, ready: untilLive(child, options.port) });
}

function startOnSmallHost(options: FunctionAppOptions, why: string): Promise<FunctionApp> {
  const child = fork(smallHost, {
    ...inOwnGroup,
    env: { ...process.env, ...options.settings, PORT: `${options.port}` },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ready = once(child, 'message');
  return whenReady({ child, host: `the small host in dev/functions-host: ${why}`, options, ready });
}

/** Ctrl-C in a terminal reaches only the parent, which stops its children in order. */
const inOwnGroup = { cwd: root, detached: process.platform !== 'win32' };

async function whenReady(start: {
  child: ChildProcess;
  host: string;
  options: FunctionAppOptions;
  ready: Promise<unknown>;
}): Promise<FunctionApp> {
  const { child, host, options, ready } = start;
  const ended = endOf(child, 'The function app');
  endWithUs(child, ended);
  forwardLines(child, options.line);
  const close = () => stopGroup(child, ended);
  try {
    await Promise.race([ready, ended.then((reason) => Promise.reject(new Error(reason)))]);
  } catch (error) {
    await close();
    throw error;
  }
  return { host, ended, close };
}

/** Core Tools listen before they have read the functions: ask one of those. */
async function untilLive(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + startWithinMs;
  const url = `http://localhost:${port}/health/live`;
  while (!(await isOk(url))) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await sleep(250);
  }
}

function isOk(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
