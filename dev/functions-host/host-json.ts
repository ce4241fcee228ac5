import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What this host takes from host.json; the defaults are the real host's. */
export interface HostJson {
  readonly routePrefix: string;
  readonly queues: {
    readonly batchSize: number;
    readonly maxDequeueCount: number;
    /** How long a failed message waits for its next try. */
    readonly visibilityTimeoutSeconds: number;
    readonly maxPollingIntervalMs: number;
    readonly messageEncoding: 'base64' | 'none';
  };
}

/** Reads the host.json nearest above the bundle. @throws when a value has the wrong form */
export function readHostJson(bundle: string): HostJson {
  const path = findAbove(dirname(resolve(bundle)));
  const root: unknown = path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'));
  const extensions = section(root, 'extensions');
  const queues = section(extensions, 'queues');
  return {
    routePrefix: string(section(extensions, 'http')['routePrefix'], 'api'),
    queues: {
      batchSize: Math.min(number(queues['batchSize'], 16), 32),
      maxDequeueCount: number(queues['maxDequeueCount'], 5),
      visibilityTimeoutSeconds: milliseconds(queues['visibilityTimeout'], 0) / 1000,
      maxPollingIntervalMs: milliseconds(queues['maxPollingInterval'], 60_000),
      messageEncoding: queues['messageEncoding'] === 'none' ? 'none' : 'base64',
    },
  };
}

function findAbove(folder: string): string | undefined {
  const path = join(folder, 'host.json');
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findAbove(parent);
}

function section(value: unknown, key: string): Record<string, unknown> {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string') throw new Error('host.json: a text is expected');
  return value;
}

function number(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || value < 1) throw new Error('host.json: a number is expected');
  return value;
}

/** `hh:mm:ss`, with fractions. */
function milliseconds(value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const parts = /^(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(String(value));
  if (!parts) throw new Error(`host.json: ${String(value)} is not a time like 00:00:05`);
  const [, hours, minutes, seconds] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
