import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundlePath } from '../../build.ts';
import {
  type RegisteredFunction,
  readRegistrations,
} from '../../dev/functions-host/registrations.ts';

const root = join(import.meta.dirname, '..', '..');

/** A registration as ARCHITECTURE's table has it. */
function toLine({ name, trigger }: RegisteredFunction): string {
  switch (trigger.type) {
    case 'httpTrigger':
      return `${name} HTTP ${trigger.route}`;
    case 'timerTrigger':
      return `${name} timer ${name === 'refresh-sweep' ? 'REFRESH_SCHEDULE' : trigger.schedule}`;
    case 'queueTrigger':
      return `${name} queue ${trigger.queueName}`;
  }
}

it('registers exactly the functions in ARCHITECTURE’s table', async () => {
  const architecture = await readFile(join(root, 'ARCHITECTURE.md'), 'utf8');
  const rows = [...architecture.matchAll(/^\| `([\w-]+)` \| (HTTP|timer|queue) `([^`]+)` \|/gm)];
  const documented = rows.map(([, name, trigger, what]) => `${name} ${trigger} ${what}`);
  expect(documented.length).toBeGreaterThan(0);
  expect(readRegistrations(bundlePath).map(toLine).sort()).toEqual(documented.sort());
});

it('takes all methods on every route, and the queue of TOKEN_STORAGE', () => {
  for (const { trigger } of readRegistrations(bundlePath)) {
    if (trigger.type === 'httpTrigger') expect(trigger.methods).toHaveLength(7);
    if (trigger.type === 'queueTrigger') expect(trigger.connection).toBe('TOKEN_STORAGE');
  }
});

it('is package.json’s main: one file that needs nothing beside it', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(join(root, manifest.main)).toBe(bundlePath);
  const bundle = await readFile(bundlePath, 'utf8');
  const required = new Set([...bundle.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name));
  const builtin = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
  // The worker supplies the first; a debugging aid asks for the second and goes on without it.
  expect([...required].filter((name) => !builtin.has(name ?? '')).sort()).toEqual([
    '@azure/functions-core',
    'supports-color',
  ]);
});
