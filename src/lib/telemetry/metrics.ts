import { describeFault } from '../auth/tokens/token-error.ts';
import { OutboundError } from '../http/outbound-request.ts';
import type { Complaints, Metrics, MetricsOptions } from './meter.ts';

const warnEveryMs = 60_000;

/**
 * Sends metrics from now on. OpenTelemetry is loaded meanwhile, and not by a process that does not
 * call this.
 */
export function startMetrics(options: MetricsOptions): Metrics {
  const complaints = warnings(options);
  const started = import('./meter.ts').then(({ startMeter }) => startMeter(options, complaints));
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

/** Tells what is wrong, at most once a minute. */
function warnings({ log, now }: Pick<MetricsOptions, 'log' | 'now'>): Complaints {
  let quietUntil = 0;
  const warn = (event: string, fields: Record<string, unknown>) => {
    if (now() < quietUntil) return;
    quietUntil = now() + warnEveryMs;
    log.warn(event, fields);
  };
  const notSent = (why: Record<string, unknown>) => warn('metrics-not-sent', why);
  return {
    notSent,
    failedToSend: (error) => notSent(describeOutbound(error)),
    failedToRead: (error) => warn('service-level-not-read', describeFault(error)),
  };
}

/** What a log may say of a failure: nothing of an address, which may hold a key. */
function describeOutbound(error: unknown): Record<string, unknown> {
  if (error instanceof OutboundError) return { reason: error.kind };
  return { error: error instanceof Error ? error.name : typeof error };
}
