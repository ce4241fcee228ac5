import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  /** `http://localhost:PORT` */
  readonly origin: string;
  /** Ends open connections as well. */
  close(): Promise<void>;
}

const attempts = 5;

/**
 * Listens on 127.0.0.1 and, where the machine has IPv6, on ::1 with the same port, so that
 * `localhost` reaches us whichever address it resolves to first. Port 0: any free one.
 * @throws when the port is taken
 */
export async function listenOnLoopback(
  port: number,
  listener: RequestListener,
): Promise<LoopbackServer> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listen(port, '127.0.0.1', listener);
    const chosen = portOf(first);
    try {
      const second = await listenIfSupported(chosen, '::1', listener);
      return {
        port: chosen,
        origin: `http://localhost:${chosen}`,
        close: async () => {
          await Promise.all([first, second].map(close));
        },
      };
    } catch (error) {
      await close(first);
      // Free on one address and taken on the other: with any port allowed, take another.
      if (port !== 0 || attempt === attempts) throw error;
    }
  }
}

function listen(port: number, host: string, listener: RequestListener): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener);
    server.once('error', reject);
    server.listen({ port, host }, () => resolve(server));
  });
}

async function listenIfSupported(
  port: number,
  host: string,
  listener: RequestListener,
): Promise<Server | undefined> {
  try {
    return await listen(port, host, listener);
  } catch (error) {
    if (isErrorWithCode(error, 'EADDRNOTAVAIL') || isErrorWithCode(error, 'EAFNOSUPPORT')) {
      return undefined;
    }
    throw error;
  }
}

async function close(server: Server | undefined): Promise<void> {
  if (!server) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a network address');
  return address.port;
}

function isErrorWithCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
