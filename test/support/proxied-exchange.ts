import { type Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ProxiedRequest } from './fault-rules.ts';

/** A request as it goes to the upstream. */
export interface Asked extends ProxiedRequest {
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
}

/** An answer as a whole. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** Who asked. Once it has gone away, nothing that is sent does anything. */
export interface Client {
  /** Undefined: it went away before it had sent everything. */
  read(): Promise<Asked | undefined>;
  readonly gone: Promise<void>;
  isGone(): boolean;
  send(answer: Answer): void;
  /** All headers and half the body, or without a body half the headers; then cuts the connection. */
  sendHalf(answer: Answer): void;
  reset(): void;
}

export function clientOf(incoming: IncomingMessage, response: ServerResponse): Client {
  const { socket } = incoming;
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  return {
    read: () => read(incoming),
    gone,
    isGone: () => socket.destroyed,
    send({ status, reason, rawHeaders, body }) {
      response.sendDate = false;
      response.writeHead(status, reason, [...rawHeaders]).end(body);
    },
    sendHalf(answer) {
      socket.write(halfOf(answer));
      socket.destroySoon();
    },
    reset() {
      socket.resetAndDestroy();
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Asked | undefined> {
  const { method = 'GET', url: path = '/', headers, rawHeaders } = incoming;
  const bytes = await buffer(incoming).catch(() => undefined);
  if (!bytes) return undefined;
  return { method, path, headers, body: bytes.toString(), rawHeaders, bytes };
}

/** Asks the upstream. @returns undefined where no whole answer came */
export async function answerOf(
  { method, path, rawHeaders, bytes }: Asked,
  upstream: string,
  agent: Agent,
): Promise<Answer | undefined> {
  try {
    const headers = without(connectionHeaders, rawHeaders);
    const sent = request(upstream, { method, path, headers, agent }).end(bytes);
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).on('error', reject);
    });
    return {
      status: incoming.statusCode ?? 0,
      reason: incoming.statusMessage ?? '',
      rawHeaders: without(connectionHeaders, incoming.rawHeaders),
      body: await buffer(incoming),
    };
  } catch {
    return undefined;
  }
}

/** What each connection settles for itself. */
const connectionHeaders = ['connection', 'keep-alive'];

function without(names: readonly string[], rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, index) => !names.includes(rawHeaders[index - (index % 2)]?.toLowerCase() ?? ''),
  );
}

function halfOf({ status, reason, rawHeaders, body }: Answer): Buffer {
  const whole = ['content-length', String(body.length)];
  const headers = [...without(['content-length', 'transfer-encoding'], rawHeaders), ...whole];
  const lines = headers.map((text, index) => (index % 2 ? `${text}\r\n` : `${text}: `));
  const head = Buffer.from(`HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n`, 'latin1');
  if (body.length === 0) return head.subarray(0, head.length / 2);
  return Buffer.concat([head, body.subarray(0, body.length / 2)]);
}
