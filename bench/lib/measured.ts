import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a process has used since its start. */
export interface Usage {
  /** Of all its threads, in user and system mode. Microseconds. */
  readonly cpuMicroseconds: number;
  /** Bytes. After a collection if the process was started with `--expose-gc`. */
  readonly heapUsed: number;
  /** Bytes of buffers, which are outside the heap. */
  readonly arrayBuffers: number;
  readonly rss: number;
}

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument?: unknown;
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** What a process can be asked for besides its usage. */
export type Questions = Readonly<Record<string, (argument: unknown) => unknown>>;

/** Tells the parent that this process is ready, and answers what it asks. */
export function answerParent(questions: Questions = {}, port?: number): void {
  const all: Questions = { usage, ...questions };
  process.on('message', async ({ id, name, argument }: Question) => {
    const answer = await answerTo(all[name], argument).catch((error: unknown) => ({
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }));
    process.send?.({ id, ...answer });
  });
  // A parent that has died asks nothing any more.
  process.once('disconnect', () => process.exit());
  process.send?.({ port });
}

async function answerTo(
  question: Questions[string] | undefined,
  argument: unknown,
): Promise<Omit<Answer, 'id'>> {
  if (!question) return { error: 'not a question that this process knows' };
  return { value: await question(argument) };
}

function usage(): Usage {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { cpuMicroseconds: user + system, heapUsed, arrayBuffers, rss };
}

/** Longer than any pause between rounds. Milliseconds. */
const keepAliveTimeout = 600_000;

/** Listens on a free port of 127.0.0.1. @returns the port. */
export async function listen(listener: RequestListener | Server): Promise<number> {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  server.keepAliveTimeout = keepAliveTimeout;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}
