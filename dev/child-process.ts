import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Passes on what a child prints, line by line. */
export function forwardLines(child: ChildProcess, line: (text: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line);
  }
}

/** Resolves when the child ends, with the reason in words. Call it at once after starting it. */
export function endOf(child: ChildProcess, name: string): Promise<string> {
  return once(child, 'exit').then(
    ([code, signal]) => `${name} ended (${signal ?? `exit code ${code}`})`,
    (error) => `${name} could not be started: ${error instanceof Error ? error.message : error}`,
  );
}

/** Signals the child's process group, and kills it when that doesn't help in time. */
export async function stopGroup(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const tooLong = setTimeout(() => signalGroup(child, 'SIGKILL'), 15_000);
  await ended;
  clearTimeout(tooLong);
}

/** Lets the child, which must be the leader of its group, not outlive an early end of ours. */
export function endWithUs(child: ChildProcess, ended: Promise<unknown>): void {
  const stop = () => signalGroup(child, 'SIGTERM');
  process.once('exit', stop);
  void ended.then(() => process.off('exit', stop));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (process.platform === 'win32') child.kill(signal);
  else process.kill(-child.pid, signal);
}
