import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** There is no terminal for tests on other systems: their `script` is called otherwise. */
export const hasTerminal = process.platform === 'linux';

/** How a command ended at a terminal, and all that could be seen there. */
export interface Seen {
  code: number | null;
  screen: string;
}

/**
 * Runs one of `tools` at a terminal, and answers what it asks.
 *
 * @param answers by the end of the question
 * @see script(1)
 */
export async function runAtTerminal(
  tool: string,
  args: readonly string[],
  answers: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const words = [process.execPath, join(root, 'tools', tool), ...args];
  const command = `stty cols 200; exec ${words.map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const open = new Map(Object.entries(answers));
  let screen = '';
  child.stdout.on('data', (chunk) => {
    screen += chunk;
    for (const [question, answer] of open) {
      if (!screen.includes(question)) continue;
      open.delete(question);
      child.stdin.write(`${answer}\r`);
    }
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, screen };
}
