import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..');
const readyWithinMs = 30_000;

/** The bundle in a process of its own, under the small host. */
export interface App {
  origin: string;
  /** Every line that the process printed. */
  log: string[];
  runTimer(name: string): Promise<void>;
  moveClock(offsetMs: number): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

export interface AppOptions {
  environment: Readonly<Record<string, string>>;
  port: number;
  timers?: boolean;
  queues?: boolean;
}

/** A wrapping key for tests; worth nothing. */
export const wrappingKey = Buffer.alloc(32, 7).toString('base64');

const started = new Set<string[]>();

/** The end of what each app of this test file has printed. */
export function lastLogs(lines = 500): string[][] {
  return [...started].map((log) => log.slice(-lines));
}

export async function startApp(options: AppOptions): Promise<App> {
  const flags = [
    '--max-polling-interval=100',
    ...(options.timers ? [] : ['--no-timers']),
    ...(options.queues === false ? ['--no-queues'] : []),
  ];
  const child = fork(join(root, 'dev', 'functions-host', 'main.ts'), flags, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...options.environment, PORT: String(options.port) },
    execArgv: ['--import', join(root, 'test', 'support', 'moved-clock.ts')],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log: string[] = [];
  started.add(log);
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on('line', (line) => log.push(line));
  }
  const { origin } = await reply<{ origin: string }>(child, 'listening', log);
  let calls = 0;
  return {
    origin,
    log,
    async runTimer(name) {
      const id = ++calls;
      child.send({ type: 'runTimer', name, id });
      const { error } = await reply<{ error?: string }>(
        child,
        'ranTimer',
        log,
        (m) => m['id'] === id,
      );
      if (error) throw new Error(`timer ${name}: ${error}`);
    },
    async moveClock(offsetMs) {
      child.send({ type: 'clock', offsetMs });
      await reply(child, 'clock-moved', log, (m) => m['offsetMs'] === offsetMs);
    },
    kill: (signal = 'SIGKILL') => end(child, signal),
    close: () => end(child, 'SIGTERM'),
  };
}

type Message = Record<string, unknown>;

function reply<T>(
  child: ChildProcess,
  type: string,
  log: readonly string[],
  matches: (message: Message) => boolean = () => true,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (message: Message) => {
      if (message['type'] === type && matches(message)) finish(() => resolve(message as T));
    };
    const fail = (why: string) => () =>
      reject(new Error(`${why} before '${type}':\n${log.join('\n')}`));
    const onExit = () => finish(fail('the app ended'));
    const timer = setTimeout(() => finish(fail('time ran out')), readyWithinMs);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
