import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';
import { createAppCore } from '../../src/lib/app-core.ts';
import { createHeartbeatStore } from '../../src/lib/storage/heartbeat-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { hours, seconds } from '../support/clock.ts';
import { configOf } from '../support/environment.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { appErrorOf } from '../support/thrown.ts';

let azurite: Azurite;
let tables: FaultProxy;
let queues: FaultProxy;

beforeAll(async () => {
  azurite = await startAzurite();
  tables = await startFaultProxy(azurite.tableOrigin);
  queues = await startFaultProxy(azurite.queueOrigin);
});

beforeEach(() => {
  tables.clear();
  queues.clear();
});

afterAll(async () => {
  await Promise.all([tables.close(), queues.close()]);
  await azurite.close();
});

const startedAt = Date.parse('2026-03-13T07:20:00Z');

/** The app's own core, on Azurite, with a clock that moves by hand. */
function createApp(settings: Record<string, string> = {}) {
  const connectionString = azurite.connectionString
    .replace(azurite.tableOrigin, tables.origin)
    .replace(azurite.queueOrigin, queues.origin);
  const config = configOf({
    ...{ ENTRA_CREDENTIAL: 'secret', ENTRA_CLIENT_SECRET: 'x', TOKEN_STORAGE: connectionString },
    LOCAL_WRAPPING_KEY: Buffer.alloc(32, 7).toString('base64'),
    ...settings,
  });
  let time = startedAt;
  const options = { log: createRecordingLog(), now: () => time, startedAt, random: Math.random };
  const { health } = createAppCore(config, options);
  return {
    health,
    storage: config.storage,
    advance(ms: number) {
      time += ms;
    },
  };
}

const requests = () => tables.requests.length + queues.requests.length;

const looks = ['checkReadiness', 'readServiceLevel'] as const;

describe.each(looks)('%s', (look) => {
  it('asks storage once for all who ask at once, and for all who ask in the next seconds', async () => {
    const { health, advance } = createApp();
    // Makes what is not there yet.
    await health[look]();
    advance(5 * seconds);
    const before = requests();
    const answers = await Promise.all(Array.from({ length: 50 }, () => health[look]()));
    const once = requests() - before;
    expect(once).toBeGreaterThan(0);
    expect(once).toBeLessThan(6);
    for (let call = 0; call < 50; call++) answers.push(await health[look]());
    advance(5 * seconds - 1);
    answers.push(await health[look]());
    expect(requests() - before).toBe(once);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    advance(1);
    await health[look]();
    expect(requests() - before).toBeGreaterThan(once);
  });

  it('asks storage that fails no more often, and sees soon that it is back', async () => {
    const { health, advance } = createApp();
    await health[look]();
    advance(5 * seconds);
    const action = { kind: 'answer', status: 403, body: '', headers: {} } as const;
    for (const proxy of [tables, queues]) proxy.add({ matches: () => true, action });
    const errors = await Promise.all(
      Array.from({ length: 50 }, () => appErrorOf(() => health[look]())),
    );
    const failed = requests();
    for (let call = 0; call < 50; call++) errors.push(await appErrorOf(() => health[look]()));
    expect(requests()).toBe(failed);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['misconfigured']));
    for (const proxy of [tables, queues]) proxy.clear();
    advance(5 * seconds);
    await health[look]();
  });
});

it.each([
  ['UTC', ['sweep_late']],
  // It is evening there: the last run of the day was the last.
  ['Australia/Brisbane', []],
])('a timer that reads its schedule in %s has %j as problems', async (zone, problems) => {
  const { health, storage, advance } = createApp({
    REFRESH_SCHEDULE: '0 */5 9-17 * * mon-fri',
    WEBSITE_TIME_ZONE: zone,
  });
  const heartbeats = createHeartbeatStore(createTable('heartbeats', storage));
  const at = Date.parse('2026-03-13T07:55:00Z');
  const figures = { at, due: 0, enqueued: 0, oldestOverdueMs: 0, durationMs: 1 };
  await heartbeats.writeSweep('timer', figures);
  // Long after the start, at 09:20.
  advance(2 * hours);
  expect((await health.readServiceLevel()).problems).toEqual(problems);
});
