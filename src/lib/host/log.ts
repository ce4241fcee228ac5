import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '@azure/functions';
import type { Log } from '../auth/ports.ts';
import { TokenError } from '../auth/tokens/token-error.ts';
import { AppError } from '../errors.ts';

/** One call of a function. */
interface Invocation {
  /** Undefined once the call has ended: the Functions host takes no more lines for it then. */
  context: InvocationContext | undefined;
  /** Of an HTTP request. */
  requestId?: string;
}

const invocations = new AsyncLocalStorage<Invocation>();

/**
 * Runs a function call. What it logs until it has ended belongs to the invocation. Work that goes on
 * afterwards logs to the console, under the same request id.
 */
export async function inInvocation<T>(
  started: { context: InvocationContext; requestId?: string },
  run: () => Promise<T>,
): Promise<T> {
  const invocation: Invocation = { ...started };
  try {
    return await invocations.run(invocation, run);
  } finally {
    invocation.context = undefined;
  }
}

/** Runs something that belongs to the process, not to the invocation that happens to begin it. */
export function outsideInvocation<T>(run: () => T): T {
  return invocations.exit(run);
}

/**
 * One line of JSON an event, with the request's id, to the invocation under way, or else to the
 * console.
 */
export const log: Log = {
  info: (event, fields) => output().info(line(event, fields)),
  warn: (event, fields) => output().warn(line(event, fields)),
  error: (event, fields) => output().error(line(event, fields)),
};

function output(): Pick<Console, 'info' | 'warn' | 'error'> {
  return invocations.getStore()?.context ?? console;
}

function line(event: string, fields: Record<string, unknown> = {}): string {
  const requestId = invocations.getStore()?.requestId;
  return JSON.stringify({ event, ...fields, ...(requestId && { requestId }) });
}

const maxCauses = 8;

/**
 * What a log may say of an error: names, codes and places. Messages of foreign errors are left
 * out, because they may quote what they failed on, a token for example.
 */
export function describeError(error: unknown): Record<string, unknown>[] {
  const described: Record<string, unknown>[] = [];
  const queue = [error];
  while (queue.length > 0 && described.length < maxCauses) {
    const at = queue.shift();
    if (!(at instanceof Error)) continue;
    queue.push(...(at instanceof AggregateError ? at.errors : []), at.cause);
    const { code, statusCode, errorCode } = at as Error & Record<string, unknown>;
    described.push({
      name: at.name,
      ...(at instanceof AppError && { message: at.message }),
      ...(at instanceof TokenError && { fault: at.fault }),
      ...(code !== undefined && { code }),
      ...(statusCode !== undefined && { statusCode }),
      ...(errorCode !== undefined && { errorCode }),
      at: placesOf(at),
    });
  }
  return described;
}

function placesOf(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? [];
  return lines
    .map((text) => text.trim())
    .filter((text) => /^at .+:\d+:\d+\)?$/.test(text))
    .slice(0, 4);
}
