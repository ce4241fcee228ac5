import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { Send } from '../http/outbound-request.ts';

/** Milliseconds for one exchange with the receiver. */
const deadlineMs = 5_000;
const maxBytes = 64 * 1024;

/**
 * OTLP over HTTP, as JSON, over an injected sender. In place of OpenTelemetry's own exporter, which
 * takes headers and certificates from the environment and cannot be told not to. Sends once: all
 * figures come again with the next export.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function createOtlpExporter(options: {
  endpoint: string;
  send: Send;
  /** The receiver did not take the metrics, and answered this status. */
  onRefusal: (status: number) => void;
  /** There was no answer. */
  onFailure: (error: unknown) => void;
}): PushMetricExporter {
  async function post(metrics: ResourceMetrics): Promise<void> {
    const { status } = await options.send({
      method: 'POST',
      url: `${options.endpoint}/v1/metrics`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JsonMetricsSerializer.serializeRequest(metrics) ?? []).toString(),
      deadlineMs,
      maxBytes,
    });
    if (status < 200 || status > 299) options.onRefusal(status);
  }

  return {
    export(metrics, done) {
      // Success in any case: the SDK would do nothing with a failure but print it.
      void post(metrics)
        .catch(options.onFailure)
        .then(() => done({ code: 0 }));
    },
    // An export is waited for where it was begun.
    forceFlush: async () => {},
    shutdown: async () => {},
    // A cumulative gauge that nobody could read would be sent again with its last value.
    selectAggregationTemporality: (type) =>
      type === InstrumentType.OBSERVABLE_GAUGE
        ? AggregationTemporality.DELTA
        : AggregationTemporality.CUMULATIVE,
  };
}
