import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleLimits } from '../../bench/start/benchmark.ts';
import { loadedOf } from '../../bench/start/loaded.ts';
import { createStarter, type Starter } from '../../bench/start/start.ts';
import { bundlePath, writeBundle } from '../../build.ts';
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

it('is package.json’s main, and files that need nothing beside them', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  expect(join(root, manifest.main)).toBe(bundlePath);
  const builtin = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);
  const foreign = (await requiredNames(bundlePath)).filter((name) => !builtin.has(name));
  // The worker supplies the first; a debugging aid asks for the second and goes on without it.
  expect(foreign.sort()).toEqual(['@azure/functions-core', 'supports-color']);
});

/** What a file requires, and all files of the bundle that it leads to. */
async function requiredNames(file: string, seen = new Set<string>()): Promise<string[]> {
  if (seen.has(file)) return [];
  seen.add(file);
  const names = [
    ...(await readFile(file, 'utf8')).matchAll(/\b(?:__)?require\)?\("([^"]+)"\)/g),
  ].map(([, name = '']) => name);
  const beside = names.filter((name) => name.startsWith('./') || name.startsWith('../'));
  const further = beside.map((name) => requiredNames(join(dirname(file), name), seen));
  const own = names.filter((name) => !beside.includes(name));
  return [...new Set([...own, ...(await Promise.all(further)).flat()])];
}

it('is no larger than it was made to be', async () => {
  const files = (await writeBundle()).filter((file) => file.endsWith('.cjs'));
  const whole = await loadedOf(bundlePath, files);
  expect(whole.bytes).toBeLessThan(bundleLimits.whole);
});

describe('a start', () => {
  let starter: Starter;
  beforeAll(async () => {
    starter = await createStarter();
  });
  afterAll(() => starter.close());

  const startWith = async (functionName: string, path: string) => {
    const { status, files } = await starter.start({ app: bundlePath, functionName, path });
    return { status, ...(await loadedOf(bundlePath, files)) };
  };

  it.each([
    ['health-live', '/health/live', 200],
    ['me', '/me', 401],
    ['web', '/', 200],
    ['openapi', '/openapi.json', 200],
  ])('loads no package for %s but what every request needs', async (name, path, expected) => {
    const { status, packages, bytes } = await startWith(name, path);
    expect(status).toBe(expected);
    expect(packages).toEqual([
      '@azure/functions',
      '@azure/functions-extensions-base',
      'cookie',
      'croner',
      'valibot',
    ]);
    expect(bytes).toBeLessThan(bundleLimits.start);
  });

  it('loads the others when they are needed', async () => {
    const { status, packages } = await startWith('health-ready', '/health/ready');
    expect(status).toBe(503);
    for (const name of ['@azure/data-tables', '@azure/storage-queue', '@azure/msal-node']) {
      expect(packages).toContain(name);
    }
    expect(packages).not.toContain('@opentelemetry/sdk-metrics');
  });
});
