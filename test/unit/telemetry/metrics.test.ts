import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceLevel } from '../../../src/lib/auth/refresh/service-level.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { createSend, type Send } from '../../../src/lib/http/outbound-request.ts';
import type { Metrics, MetricsOptions } from '../../../src/lib/telemetry/meter.ts';
import { startMetrics } from '../../../src/lib/telemetry/metrics.ts';
import { createManualClock, minutes } from '../../support/clock.ts';
import { type OtlpReceiver, startOtlpReceiver, valuesOf } from '../../support/otlp-receiver.ts';
import { createRecordingLog } from '../../support/recording-log.ts';
import { until } from '../../support/until.ts';

const level: ServiceLevel = {
  status: 'ok',
  problems: [],
  lastSweepAt: '2026-03-14T09:30:00.000Z',
  lastSweepAgeSeconds: 30,
  lastCatchUpAt: null,
  oldestOverdueSeconds: 45,
  due: 7,
  queueDepth: 2,
  ...{ refreshed: 100, failed: 0, reauthRequired: 0, poisoned: 0 },
  breaker: 'closed',
  janitor: null,
};

const gauges = [
  'evergreen.refresh.sweep.age',
  'evergreen.refresh.overdue',
  'evergreen.refresh.due',
  'evergreen.refresh.queue.depth',
  'evergreen.refresh.breaker.open',
];

let receiver: OtlpReceiver;
const started: Metrics[] = [];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((metrics) => metrics.stop()));
  await receiver.close();
});

function measuring(options: Partial<MetricsOptions> = {}) {
  const clock = createManualClock();
  const log = createRecordingLog();
  const metrics = startMetrics({
    ...{ endpoint: receiver.origin, instance: 'instance-1', send: createSend() },
    ...{ readServiceLevel: async () => level, now: clock.now, log },
    ...options,
  });
  started.push(metrics);
  /** @returns the values that were sent of a metric: by outcome, or a gauge's under `''`. */
  async function flushed(name: string): Promise<Record<string, number>> {
    await metrics.flush();
    return valuesOf(receiver.requests.at(-1), name, 'outcome');
  }
  return { metrics, clock, log, flushed };
}

describe('metrics', () => {
  it('are the service level, as OTLP in JSON', async () => {
    const { metrics } = measuring();
    await metrics.flush();
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/v1/metrics' });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.resource).toEqual({
      'service.name': 'evergreen',
      'service.instance.id': 'instance-1',
    });
    const sent = gauges.map((name) => {
      const { kind, unit, points } = request?.metrics[name] ?? {};
      return { name, kind, unit, points };
    });
    const gauge = (unit: string, value: number) => ({
      ...{ kind: 'gauge', unit, points: [{ value, attributes: {} }] },
    });
    expect(sent).toEqual([
      { name: 'evergreen.refresh.sweep.age', ...gauge('s', 30) },
      { name: 'evergreen.refresh.overdue', ...gauge('s', 45) },
      { name: 'evergreen.refresh.due', ...gauge('{user}', 7) },
      { name: 'evergreen.refresh.queue.depth', ...gauge('{message}', 2) },
      { name: 'evergreen.refresh.breaker.open', ...gauge('1', 0) },
    ]);
  });

  it('count refreshes by outcome, from zero and all in all', async () => {
    const { metrics, flushed } = measuring();
    const name = 'evergreen.refresh.count';
    expect(await flushed(name)).toEqual({
      refreshed: 0,
      failed: 0,
      reauth_required: 0,
      poisoned: 0,
    });
    for (let n = 0; n < 3; n++) metrics.count('refreshed');
    metrics.count('reauthRequired');
    expect(await flushed(name)).toEqual({
      refreshed: 3,
      failed: 0,
      reauth_required: 1,
      poisoned: 0,
    });
    metrics.count('refreshed');
    metrics.count('failed');
    metrics.count('poisoned');
    expect(await flushed(name)).toEqual({
      refreshed: 4,
      failed: 1,
      reauth_required: 1,
      poisoned: 1,
    });
    const cumulative = { kind: 'sum', unit: '{refresh}', temporality: 2 };
    expect(receiver.requests.at(-1)?.metrics[name]).toMatchObject(cumulative);
  });

  it('are these and no others, each with a description', async () => {
    const { metrics } = measuring();
    await metrics.flush();
    const sent = receiver.requests[0]?.metrics ?? {};
    expect(Object.keys(sent).sort()).toEqual([...gauges, 'evergreen.refresh.count'].sort());
    for (const { description } of Object.values(sent)) expect(description).toMatch(/^\S.*\.$/);
  });

  it('say that the breaker is open', async () => {
    const { flushed } = measuring({
      readServiceLevel: async () => ({ ...level, breaker: 'open' }),
    });
    expect(await flushed('evergreen.refresh.breaker.open')).toEqual({ '': 1 });
  });

  it('leave out the age of a sweep that never was', async () => {
    const never = { ...level, lastSweepAgeSeconds: null };
    const { flushed } = measuring({ readServiceLevel: async () => never });
    expect(await flushed('evergreen.refresh.sweep.age')).toEqual({});
    expect(await flushed('evergreen.refresh.due')).toEqual({ '': 7 });
  });

  it('read the service level once an export', async () => {
    const readServiceLevel = vi.fn(async () => level);
    const { metrics } = measuring({ readServiceLevel });
    await metrics.flush();
    await metrics.flush();
    expect(readServiceLevel).toHaveBeenCalledTimes(2);
  });

  it('are sent at each interval', async () => {
    measuring({ intervalMs: 20 });
    await until(() => receiver.requests.length >= 3);
  });

  it('go below an address that has a path', async () => {
    const { metrics } = measuring({ endpoint: `${receiver.origin}/otlp` });
    await metrics.flush();
    expect(receiver.requests[0]?.path).toBe('/otlp/v1/metrics');
  });

  it('take nothing from the environment', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-canary=1');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'x-canary=2');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', 'http://localhost:1/canary');
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', 'gzip');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'delta');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'canary=1');
    vi.stubEnv('OTEL_SERVICE_NAME', 'canary');
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const { metrics } = measuring();
    await metrics.flush();
    expect(receiver.requests).toHaveLength(1);
    const [request] = receiver.requests;
    expect(JSON.stringify([request?.headers, request?.body])).not.toContain('canary');
    expect(request?.metrics['evergreen.refresh.count']?.temporality).toBe(2);
  });
});

describe('metrics that stop', () => {
  it('are sent a last time, and no more', async () => {
    const { metrics } = measuring({ intervalMs: 20 });
    metrics.count('failed');
    await metrics.stop();
    const last = receiver.requests.at(-1);
    expect(valuesOf(last, 'evergreen.refresh.count', 'outcome')).toMatchObject({ failed: 1 });
    const sent = receiver.requests.length;
    metrics.count('failed');
    await metrics.flush();
    await metrics.stop();
    expect(receiver.requests).toHaveLength(sent);
  });

  it('wait for a receiver that does not answer for 4 s', async () => {
    const send = vi.fn<Send>(() => new Promise(() => {}));
    const { metrics, log } = measuring({ send });
    await vi.dynamicImportSettled();
    vi.useFakeTimers();
    const stopped = vi.fn();
    const stopping = metrics.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await stopping;
    const fields = { reason: 'timeout' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'metrics-not-sent', fields }]);
  });
});

describe('a service level that can’t be read', () => {
  it('is left out, and the counts are sent all the same', async () => {
    let isDown = false;
    const readServiceLevel = async () => {
      if (isDown) throw new AppError('temporarily_unavailable');
      return level;
    };
    const { metrics, flushed, log } = measuring({ readServiceLevel });
    await metrics.flush();
    isDown = true;
    metrics.count('refreshed');
    // Not what it was when it could be read last.
    for (const name of gauges) expect(await flushed(name)).toEqual({});
    expect(await flushed('evergreen.refresh.count')).toMatchObject({ refreshed: 1 });
    const fields = { code: 'temporarily_unavailable' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'service-level-not-read', fields }]);
    isDown = false;
    expect(await flushed('evergreen.refresh.due')).toEqual({ '': 7 });
  });
});

describe('a receiver that fails', () => {
  it('is warned of once a minute', async () => {
    const { metrics, clock, log } = measuring();
    receiver.answerWith(500);
    await metrics.flush();
    await metrics.flush();
    clock.advance(minutes - 1);
    await metrics.flush();
    const warning = { level: 'warn', event: 'metrics-not-sent', fields: { status: 500 } };
    expect(log.lines).toEqual([warning]);
    clock.advance(1);
    receiver.answerWith(401);
    await metrics.flush();
    expect(log.lines).toEqual([warning, { ...warning, fields: { status: 401 } }]);
  });

  it('gets with the next export what it missed', async () => {
    const { metrics, flushed } = measuring();
    receiver.answerWith(503);
    metrics.count('refreshed');
    await metrics.flush();
    receiver.answerWith(200);
    expect(await flushed('evergreen.refresh.count')).toMatchObject({ refreshed: 1 });
  });

  it('leaves nothing of its address in the log, which may hold a key', async () => {
    const { origin } = receiver;
    await receiver.close();
    const { metrics, log } = measuring({ endpoint: `${origin}/canary-key` });
    await metrics.flush();
    const fields = { reason: 'network' };
    expect(log.lines).toEqual([{ level: 'warn', event: 'metrics-not-sent', fields }]);
    expect(log.text()).not.toContain('canary');
    receiver = await startOtlpReceiver();
  });
});
