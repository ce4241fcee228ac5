import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { endOf, endWithUs, stopGroup } from '../../dev/child-process.ts';
import type { Answer, Question, Usage } from './measured.ts';

/** A process of its own, which answers questions: see `answerParent` in `measured.ts`. */
export interface MeasuredProcess {
  /** `http://127.0.0.1:PORT`, or empty if it does not listen. */
  readonly origin: string;
  readonly pid: number;
  usage(): Promise<Usage>;
  /** @returns what the process answers. @throws if it fails, or has ended. */
  ask(name: string, argument?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ProcessOptions {
  readonly args?: readonly string[];
  /** Its whole environment, but for `PATH`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Node's own, such as `--expose-gc`. */
  readonly nodeOptions?: readonly string[];
}

/** How much of what a child prints goes into errors. */
const outputKept = 4_000;

/** Runs a script that calls `answerParent`. @throws with its output when it does not start. */
export async function startProcess(
  script: string,
  { args = [], env = {}, nodeOptions = [] }: ProcessOptions = {},
): Promise<MeasuredProcess> {
  const child = fork(script, [...args], {
    env: { PATH: process.env['PATH'], ...env },
    execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: process.platform !== 'win32',
  });
  const output = collect(child);
  const ended = endOf(child, script);
  endWithUs(child, ended);
  const failed = ended.then((reason) => Promise.reject(new Error(`${reason}\n${output()}`)));
  failed.catch(() => undefined);
  const ready = once(child, 'message').then(([message]) => message as { port?: number });
  const { port } = await Promise.race([ready, failed]);
  const ask = asker(child, failed);
  return {
    origin: port === undefined ? '' : `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    ask,
    usage: async () => (await ask('usage')) as Usage,
    stop: () => stopGroup(child, ended),
  };
}

function asker(child: ChildProcess, failed: Promise<never>): MeasuredProcess['ask'] {
  const waiting = new Map<number, (answer: Answer) => void>();
  let asked = 0;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return async (name, argument) => {
    const id = ++asked;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    const question: Question = { id, name, argument };
    child.send(question);
    const { value, error } = await Promise.race([answered, failed]);
    if (error !== undefined) throw new Error(`${name}: ${error}`);
    return value;
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-outputKept);
    });
  }
  return () => text;
}
