import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createSend,
  maxConnections,
  OutboundError,
} from '../../../src/lib/http/outbound-request.ts';
import { thrownBy } from '../../support/thrown.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/secret-path?code=secret`;
}

/** The most connections that a server has at once. */
function countSockets(counted: Server | undefined): { most: number } {
  const sockets = { most: 0 };
  let open = 0;
  counted?.on('connection', (socket) => {
    open += 1;
    sockets.most = Math.max(sockets.most, open);
    socket.on('close', () => {
      open -= 1;
    });
  });
  return sockets;
}

const limits = { method: 'GET', deadlineMs: 2000, maxBytes: 1000 } as const;
const send = createSend();

async function failureOf(url: string, options: object = {}): Promise<OutboundError> {
  const error = await thrownBy(() => send({ ...limits, url, ...options }));
  if (error instanceof OutboundError) return error;
  throw new Error('another kind of failure', { cause: error });
}

describe('an outbound request', () => {
  it('sends what it is given and brings any answer', async () => {
    const url = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.writeHead(418, { 'X-Echo': `${request.method} ${request.headers['x-ours']}` });
      response.end(body);
    });
    const headers = { 'x-ours': 'yes', 'content-type': 'text/plain' };
    const response = await send({ ...limits, method: 'POST', url, headers, body: 'ünï' });
    expect(response).toMatchObject({ status: 418, body: 'ünï' });
    expect(response.headers['x-echo']).toBe('POST yes');
  });

  it('shares a bounded number of connections with others to the same origin', async () => {
    const waiting: (() => void)[] = [];
    let arrived = () => {};
    const url = await serve((_request, response) => {
      waiting.push(() => response.end('ok'));
      arrived();
    });
    const sockets = countSockets(server);
    const sent = Array.from({ length: 200 }, () => send({ ...limits, url, deadlineMs: 30_000 }));
    // Each answer makes room for a request that waits.
    for (let answered = 0; answered < sent.length; answered++) {
      while (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      waiting.shift()?.();
    }
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses).toEqual(statuses.map(() => 200));
    expect(sockets.most).toBeGreaterThan(1);
    expect(sockets.most).toBeLessThanOrEqual(maxConnections);
  });

  it('follows no redirect', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await send({ ...limits, url })).status).toBe(307);
    expect(calls).toBe(1);
  });

  it('is sent once, whatever comes', async () => {
    let calls = 0;
    const url = await serve((_request, response) => {
      calls += 1;
      response.writeHead(503, { 'retry-after': '0' }).end();
    });
    expect((await send({ ...limits, url })).status).toBe(503);
    expect(calls).toBe(1);
  });

  it('gives up on an answer that does not begin in time', async () => {
    const url = await serve(() => undefined);
    expect((await failureOf(url, { deadlineMs: 60 })).kind).toBe('timeout');
  });

  it('gives up on a body that does not end in time', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200).write('{"begun":');
    });
    expect((await failureOf(url, { deadlineMs: 100 })).kind).toBe('timeout');
  });

  it('refuses a body over the cap', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(1001)));
    expect((await failureOf(url)).kind).toBe('too-large');
  });

  it('takes a body of just the cap', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(1000)));
    expect((await send({ ...limits, url })).body).toHaveLength(1000);
  });

  it('asks for no encoding, for it unfolds none', async () => {
    const url = await serve((request, response) => {
      response.end(request.headers['accept-encoding'] ?? 'none');
    });
    expect((await send({ ...limits, url })).body).toBe('none');
  });

  it('fails when the connection is reset before or in the answer', async () => {
    const early = await serve((request) => request.socket.destroy());
    expect((await failureOf(early)).kind).toBe('network');
    server?.close();
    const late = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
      setImmediate(() => request.socket.destroy());
    });
    expect((await failureOf(late)).kind).toBe('network');
  });

  it('fails when nobody listens', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    expect((await failureOf(url)).kind).toBe('network');
  });

  it('names the origin in its failure, never the path or query', async () => {
    const url = await serve((request) => request.socket.destroy());
    const { message } = await failureOf(url);
    expect(message).toContain(new URL(url).origin);
    expect(message).not.toContain('secret');
  });
});
