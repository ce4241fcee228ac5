import { registerHooks } from 'node:module';
import { afterAll, expect, it, vi } from 'vitest';
import { createAppCore } from '../../../src/lib/app-core.ts';
import { configOf } from '../../support/environment.ts';
import { createRecordingLog } from '../../support/recording-log.ts';

/** Packages of OpenTelemetry that have been asked for, whoever did. */
const loaded = new Set<string>();

const hooks = registerHooks({
  resolve(specifier, context, next) {
    const [name] = /@opentelemetry\/[\w-]+/.exec(specifier) ?? [];
    if (name) loaded.add(name);
    return next(specifier, context);
  },
});

afterAll(() => hooks.deregister());

/** Storage that nobody is at. */
const nowhere = 'http://127.0.0.1:1/nowhere';
const TOKEN_STORAGE = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=${nowhere};QueueEndpoint=${nowhere}`;

async function startAndStop(settings: Record<string, string>) {
  const options = { log: createRecordingLog(), now: Date.now, startedAt: 0, random: Math.random };
  const created = createAppCore(configOf({ TOKEN_STORAGE, ...settings }), options);
  await vi.dynamicImportSettled();
  await created.stop();
}

it('without an endpoint OpenTelemetry is not loaded, with one it is', async () => {
  await startAndStop({});
  expect([...loaded]).toEqual([]);
  await startAndStop({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:1' });
  expect([...loaded]).toContain('@opentelemetry/sdk-metrics');
});
