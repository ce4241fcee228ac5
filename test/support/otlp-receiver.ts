import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../dev/loopback-servers.ts';

/** An OTLP receiver on loopback that keeps what it is sent. */
export interface OtlpReceiver {
  /** `http://localhost:PORT` */
  origin: string;
  requests: readonly OtlpRequest[];
  /** What it answers from now on; 200 at first. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

export interface OtlpRequest {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
  resource: Record<string, unknown>;
  /** By name. */
  metrics: Record<string, OtlpMetric>;
}

export interface OtlpMetric {
  unit: string;
  description: string;
  /** What the points are of; a sum is cumulative, 2, or not, 1. */
  kind: 'gauge' | 'sum';
  temporality: number | undefined;
  points: { value: number; attributes: Record<string, unknown> }[];
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = [];
  let status = 200;
  const servers = await listenOnLoopback(0, async (request, response) => {
    const body = await text(request);
    const { method, url: path, headers } = request;
    requests.push({ method, path, headers, body, ...parse(body) });
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  return {
    origin: servers.origin,
    requests,
    answerWith(next) {
      status = next;
    },
    close: () => servers.close(),
  };
}

/** The values of a metric in a request, by an attribute's value; a gauge's by `''`. */
export function valuesOf(
  request: OtlpRequest | undefined,
  name: string,
  attribute = '',
): Record<string, number> {
  const points = request?.metrics[name]?.points ?? [];
  return Object.fromEntries(
    points.map(({ value, attributes }) => [String(attributes[attribute] ?? ''), value]),
  );
}

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto */
interface ExportRequest {
  resourceMetrics: {
    resource: { attributes: KeyValue[] };
    scopeMetrics: { metrics: Metric[] }[];
  }[];
}

type KeyValue = { key: string; value: Record<string, unknown> };
type Point = { asInt?: number; asDouble?: number; attributes: KeyValue[] };
type Metric = {
  name: string;
  unit: string;
  description: string;
  gauge?: { dataPoints: Point[] };
  sum?: { dataPoints: Point[]; aggregationTemporality: number };
};

function parse(body: string): Pick<OtlpRequest, 'resource' | 'metrics'> {
  const { resourceMetrics } = JSON.parse(body) as ExportRequest;
  const metrics = resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap((scope) => scope.metrics);
  return {
    resource: toRecord(resourceMetrics.flatMap(({ resource }) => resource.attributes)),
    metrics: Object.fromEntries(metrics.map((metric) => [metric.name, toMetric(metric)])),
  };
}

function toMetric({ unit, description, gauge, sum }: Metric): OtlpMetric {
  const points = (gauge ?? sum)?.dataPoints ?? [];
  return {
    ...{ unit, description, kind: gauge ? 'gauge' : 'sum' },
    temporality: sum?.aggregationTemporality,
    points: points.map(({ asInt, asDouble, attributes }) => ({
      value: asInt ?? asDouble ?? Number.NaN,
      attributes: toRecord(attributes),
    })),
  };
}

function toRecord(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
