import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';

/** Servers on the same port of 127.0.0.1 and, where there is IPv6, of ::1. */
export interface LoopbackServers {
  /** `http://localhost:PORT` */
  readonly origin: string;
  /** Takes no new connection; resolves when the last one has ended. */
  drain(): Promise<void>;
  /** Cuts the connections that are left. */
  cut(): void;
  /** Takes no new connection and cuts those that there are. */
  close(): Promise<void>;
}

const attempts = 5;

/** Longer than clients keep a connection that rests: so none is used just as we close it. Milliseconds. */
const keepAliveMs = 60_000;

/** @param port 0: any free one. @throws with the code EADDRINUSE when the port is taken */
export async function listenOnLoopback(
  port: number,
  listener: RequestListener,
): Promise<LoopbackServers> {
  const answering = new Set<ServerResponse>();
  const tracked: RequestListener = (request, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    listener(request, response);
  };
  for (let attempt = 1; ; attempt += 1) {
    const first = await listen(port, '127.0.0.1', tracked);
    const chosen = portOf(first);
    try {
      const second = await listenWhereSupported(chosen, '::1', tracked);
      return loopbackServers(chosen, second ? [first, second] : [first], answering);
    } catch (error) {
      first.close();
      // With any port allowed, one that is taken on ::1 only is replaced by another.
      if (port !== 0 || attempt === attempts) throw error;
    }
  }
}

function loopbackServers(
  port: number,
  servers: readonly Server[],
  answering: Iterable<ServerResponse>,
): LoopbackServers {
  const drain = async () => {
    // A client that keeps its connection would hold us up until it times out.
    for (const response of answering) response.shouldKeepAlive = false;
    await Promise.all(servers.map(drained));
  };
  const cut = () => {
    for (const server of servers) server.closeAllConnections();
  };
  return {
    origin: `http://localhost:${port}`,
    drain,
    cut,
    close: async () => {
      const ended = drain();
      cut();
      await ended;
    },
  };
}

function listen(port: number, host: string, listener: RequestListener): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: keepAliveMs }, listener);
    server.once('error', reject);
    server.listen({ port, host }, () => resolve(server));
  });
}

async function listenWhereSupported(
  port: number,
  host: string,
  listener: RequestListener,
): Promise<Server | undefined> {
  try {
    return await listen(port, host, listener);
  } catch (error) {
    if (hasCode(error, 'EADDRNOTAVAIL') || hasCode(error, 'EAFNOSUPPORT')) return undefined;
    throw error;
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function drained(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a network address');
  return address.port;
}
