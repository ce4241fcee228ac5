import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { forEachNumber } from './at-once.ts';
import { median } from './figure.ts';

export interface Load {
  readonly origin: string;
  readonly path: string;
  readonly requests: number;
  readonly inFlight: number;
  /** Headers of the request with this number, from 0. */
  readonly headers: (index: number) => OutgoingHttpHeaders;
  /** What is wrong with an answer of status 200, if anything. */
  readonly check: (body: string, index: number) => string | undefined;
}

/** What came of a load. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How many answers were not as they must be, and the first of them. */
  readonly errors: number;
  readonly firstError?: string;
}

/** Sends requests over connections that are kept, so many at a time. */
export async function generateLoad(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
  const latencies: number[] = [];
  const errors: string[] = [];
  const sendOne = async (index: number) => {
    const startedAt = performance.now();
    const wrong = await send(load, agent, index).catch((error: Error) => error.message);
    latencies.push(performance.now() - startedAt);
    if (wrong !== undefined) errors.push(wrong);
  };
  const startedAt = performance.now();
  await forEachNumber(load.requests, sendOne, load.inFlight);
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  const [firstError] = errors;
  return {
    ...{ requests: load.requests, seconds, errors: errors.length },
    ...{ p50: median(latencies), p99: quantile(latencies, 0.99) },
    ...(firstError !== undefined && { firstError }),
  };
}

/** @returns what is wrong with the answer, if anything. */
function send(load: Load, agent: Agent, index: number): Promise<string | undefined> {
  const { origin, path } = load;
  return new Promise((resolve, reject) => {
    const sent = request(origin + path, { agent, headers: load.headers(index) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode } = response;
        resolve(statusCode === 200 ? load.check(body, index) : `${statusCode}: ${body}`);
      });
    });
    sent.once('error', reject);
    sent.end();
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
