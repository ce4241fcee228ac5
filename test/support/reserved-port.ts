import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A port that is nobody else's until it is wanted. */
export interface ReservedPort {
  port: number;
  /** Frees it, for who is to have it; a second time it does nothing. @returns the port. */
  release(): Promise<number>;
}

/** A port that is free now may be somebody else's when it is used: here it is kept. */
export async function reservePort(): Promise<ReservedPort> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    release: () => new Promise((resolve) => server.close(() => resolve(port))),
  };
}
