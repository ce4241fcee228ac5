import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readRegistrations } from '../../dev/functions-host/registrations.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const deployment = () => readFile(join(root, 'docs/deploy.md'), 'utf8');

/** Runs a command as it stands in docs/deploy.md. */
async function runDocumented(command: string): Promise<string> {
  expect(await deployment()).toContain(command);
  const { stdout } = await run('sh', ['-euc', command], { cwd: root });
  return stdout;
}

it('docs/deploy.md shows the costs that its command prints', async () => {
  const printed = await runDocumented('npm run simulate -- --costs');
  const table = printed.slice(printed.indexOf('A month')).trim();
  expect(table).toContain('1,000,000 users');
  expect(await deployment()).toContain(table);
});

it('the package of docs/deploy.md has what runs, and nothing else', async () => {
  await runDocumented('npm exec -- node tools/infra/package.ts');
  const { stdout } = await run('find', ['dist/package', '-type', 'f'], { cwd: root });
  expect(stdout.trim().split('\n').sort()).toEqual(
    ['dist/index.cjs', 'dist/index.cjs.map', 'host.json', 'package.json'].map(
      (name) => `dist/package/${name}`,
    ),
  );
  const functions = readRegistrations(join(root, 'dist/package/dist/index.cjs'));
  expect(functions.map(({ name }) => name)).toContain('refresh-sweep');
});
