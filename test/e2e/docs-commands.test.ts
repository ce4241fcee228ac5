import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { writeBundle } from '../../build.ts';
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
  const { stdout } = await run('find', ['.', '-type', 'f'], { cwd: join(root, 'dist/package') });
  const bundle = (await writeBundle()).map((path) => relative(root, path));
  expect(stdout.trim().split('\n').sort()).toEqual(
    [...bundle, 'host.json', 'package.json'].map((name) => `./${name}`).sort(),
  );
  const functions = readRegistrations(join(root, 'dist/package/dist/index.cjs'));
  expect(functions.map(({ name }) => name)).toContain('refresh-sweep');
});
