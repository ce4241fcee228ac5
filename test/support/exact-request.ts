import { request } from 'node:http';
import { connect } from 'node:net';

/** A request as it stands: `fetch` would leave out, add or encode some of it. */
export interface ExactRequest {
  method?: string;
  /** With its query. */
  path: string;
  headers?: Readonly<Record<string, string | string[]>>;
  body?: string;
  /** Address of this machine that it comes from, such as `127.0.1.1`; Linux has many of loopback. */
  localAddress?: string;
}

export interface ExactAnswer {
  status: number;
  /** A header that is not there is undefined; of `Set-Cookie` see {@link ExactAnswer.cookies}. */
  header(name: string): string | undefined;
  headerNames: readonly string[];
  cookies: readonly string[];
  body: string;
}

/** Sends a request on a connection of its own. Follows no redirect. */
export function sendExactly(
  origin: string,
  { method = 'GET', path, headers = {}, body, localAddress }: ExactRequest,
): Promise<ExactAnswer> {
  const { hostname, port } = new URL(origin);
  const to = localAddress === undefined ? { hostname } : { hostname: '127.0.0.1', localAddress };
  return new Promise((resolve, reject) => {
    const options = { ...to, port, method, path, headers, agent: false };
    request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => response.headers[name.toLowerCase()]?.toString(),
          headerNames: Object.keys(response.headers),
          cookies: response.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString(),
        });
      });
    })
      .on('error', reject)
      .end(body);
  });
}

/** Sends bytes that no HTTP client would. @returns the status of what comes back. */
export function statusOfBytes(origin: string, bytes: Buffer): Promise<number> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1]));
    });
  });
}
