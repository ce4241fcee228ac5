import { type Meter, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Clock, Log } from '../auth/ports.ts';
import { countedAs } from '../auth/refresh/counter.ts';
import type { CountedOutcome, RefreshCounts } from '../auth/refresh/ports.ts';
import type { ServiceLevel } from '../auth/refresh/service-level.ts';
import type { Send } from '../http/outbound-request.ts';
import { createOtlpExporter } from './otlp-exporter.ts';

/** How well tokens are kept fresh, as OpenTelemetry metrics. What fails here fails nobody else. */
export interface Metrics {
  /** Counts what became of a refresh. */
  count(outcome: CountedOutcome): void;
  /** Sends what there is now. Does not reject. */
  flush(): Promise<void>;
  /** As {@link Metrics.flush}, for the last time, and within 4 s. */
  stop(): Promise<void>;
}

export interface MetricsOptions {
  /** Base address of an OTLP receiver, without a trailing slash. */
  endpoint: string;
  /** Names this process among the instances. */
  instance: string;
  readServiceLevel: () => Promise<ServiceLevel>;
  send: Send;
  now: Clock;
  log: Log;
  /** Milliseconds from one export to the next. Default: a minute. */
  intervalMs?: number;
}

const defaultIntervalMs = 60_000;
/** Milliseconds for reading the service level, and again for sending. */
const exportTimeoutMs = 10_000;
/** The Functions host ends a process 5 s after it has told it so. */
const stopWithinMs = 4_000;

/** Is told why metrics could not be sent, or errors why they could not be read. */
export interface Complaints {
  notSent(why: Record<string, unknown>): void;
  failedToSend(error: unknown): void;
  failedToRead(error: unknown): void;
}

/**
 * Loaded by `startMetrics`, when that is called: whoever imports this has OpenTelemetry in memory.
 * It imports nothing else that runs, so that the bundle need not be split for it.
 */
export function startMeter(options: MetricsOptions, complaints: Complaints): Metrics {
  const { endpoint, instance, send, intervalMs = defaultIntervalMs } = options;
  const exporter = createOtlpExporter({
    endpoint,
    send,
    onRefusal: (status) => complaints.notSent({ status }),
    onFailure: complaints.failedToSend,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': 'evergreen',
      'service.instance.id': instance,
    }),
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: intervalMs,
        exportTimeoutMillis: Math.min(exportTimeoutMs, intervalMs),
      }),
    ],
  });
  const meter = provider.getMeter('evergreen');
  observeServiceLevel(meter, options.readServiceLevel, complaints);
  return {
    count: createRefreshCounter(meter),
    flush: () => provider.forceFlush().catch(() => {}),
    async stop() {
      try {
        await provider.shutdown({ timeoutMillis: stopWithinMs });
      } catch {
        complaints.notSent({ reason: 'timeout' });
      }
    },
  };
}

interface Figure {
  name: string;
  unit: string;
  description: string;
  /** Null: there is none. */
  value: (level: ServiceLevel) => number | null;
}

/** All instances together: each sends the same. */
const figures: readonly Figure[] = [
  {
    name: 'evergreen.refresh.sweep.age',
    unit: 's',
    description: 'Time since the timer’s last sweep.',
    value: (level) => level.lastSweepAgeSeconds,
  },
  {
    name: 'evergreen.refresh.overdue',
    unit: 's',
    description: 'How long the longest overdue user was due at the last sweep.',
    value: (level) => level.oldestOverdueSeconds,
  },
  {
    name: 'evergreen.refresh.due',
    unit: '{user}',
    description: 'Users found due by the last sweep; in a backlog at least so many.',
    value: (level) => level.due,
  },
  {
    name: 'evergreen.refresh.queue.depth',
    unit: '{message}',
    description: 'Messages that wait in the refresh queue or are being worked on.',
    value: (level) => level.queueDepth,
  },
  {
    name: 'evergreen.refresh.breaker.open',
    unit: '1',
    description: '1 while the identity provider refuses the app itself, else 0.',
    value: (level) => (level.breaker === 'open' ? 1 : 0),
  },
];

function observeServiceLevel(
  meter: Meter,
  read: () => Promise<ServiceLevel>,
  { failedToRead }: Complaints,
): void {
  const gauges = figures.map(({ name, unit, description, value }) => {
    const options = { unit, description, valueType: ValueType.INT };
    return { gauge: meter.createObservableGauge(name, options), value };
  });
  meter.addBatchObservableCallback(
    async (observed) => {
      try {
        const level = await read();
        for (const { gauge, value } of gauges) {
          const figure = value(level);
          if (figure !== null) observed.observe(gauge, figure);
        }
      } catch (error) {
        // The figures are left out of this export, the counts are not.
        failedToRead(error);
      }
    },
    gauges.map(({ gauge }) => gauge),
  );
}

const outcomes: Record<keyof RefreshCounts, string> = {
  refreshed: 'refreshed',
  failed: 'failed',
  reauthRequired: 'reauth_required',
  poisoned: 'poisoned',
};

/** Of this instance alone, since it started. */
function createRefreshCounter(meter: Meter): Metrics['count'] {
  const counter = meter.createCounter('evergreen.refresh.count', {
    unit: '{refresh}',
    description: 'Refreshes by what became of them.',
    valueType: ValueType.INT,
  });
  // Whoever adds up increases must see each series begin at zero.
  for (const outcome of Object.values(outcomes)) counter.add(0, { outcome });
  return (outcome) => counter.add(1, { outcome: outcomes[countedAs(outcome)] });
}
