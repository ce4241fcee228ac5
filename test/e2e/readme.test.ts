import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../support/app.ts';
import { startWorld, type World } from '../support/world.ts';

const run = promisify(execFile);
const readme = join(import.meta.dirname, '..', '..', 'README.md');

let world: World;
let app: App;
let folder: string;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp();
  folder = await mkdtemp(join(tmpdir(), 'evergreen-readme-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world.close();
});

it('signs in with README’s curl commands as they stand there', async () => {
  const text = await readFile(readme, 'utf8');
  const [, block] = /## The same with curl.*?```\n(.*?)```/s.exec(text) ?? [];
  const script = (block ?? '').replaceAll('http://localhost:7071', app.origin);
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder });
  expect(stdout.match(/"userPrincipalName":"alice@evergreen.example"/g)).toHaveLength(2);
  expect(stdout).toContain('"state":"active"');
  expect(stdout).toContain('"logoutUrl"');
});
