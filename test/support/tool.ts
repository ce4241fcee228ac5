import { execFile } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** How a command of ours ended, and all that it has printed. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ToolOptions {
  /** Besides PATH. */
  environment?: Readonly<Record<string, string>>;
  /** What it reads from its input, which is no terminal. */
  input?: string;
}

/** Runs one of `tools`, as its npm script does. @param tool from `tools`, such as `doctor/doctor.ts`. */
export function runTool(
  tool: string,
  args: readonly string[],
  { environment = {}, input = '' }: ToolOptions = {},
): Promise<Ran> {
  const clock = join(root, 'test', 'support', 'moved-clock.ts');
  const all = ['--import', clock, join(root, 'tools', tool), ...args];
  const env = { PATH: process.env['PATH'], ...environment };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, all, { env }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
        stdout,
        stderr,
      });
    });
    child.stdin?.end(input);
  });
}
