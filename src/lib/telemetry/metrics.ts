import type { Metrics, MetricsOptions } from './meter.ts';

/**
 * Sends metrics from now on. OpenTelemetry is loaded meanwhile, and not by a process that does not
 * call this.
 */
export function startMetrics(options: MetricsOptions): Metrics {
  const started = import('./meter.ts').then(({ startMeter }) => startMeter(options));
  const whenStarted = (use: (metrics: Metrics) => void | Promise<void>) =>
    started.then(use).catch(() => {});
  started.catch((error: unknown) => {
    options.log.error('metrics-not-started', { error: error instanceof Error ? error.name : '' });
  });
  return {
    count: (outcome) => void whenStarted((metrics) => metrics.count(outcome)),
    flush: () => whenStarted((metrics) => metrics.flush()),
    stop: () => whenStarted((metrics) => metrics.stop()),
  };
}
