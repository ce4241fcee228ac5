import { afterEach, describe, expect, it } from 'vitest';
import {
  createSend,
  OutboundError,
  type OutboundRequest,
} from '../../../src/lib/http/outbound-request.ts';
import { type LocalServer, serveLocally } from '../../support/http-server.ts';
import { thrownBy } from '../../support/thrown.ts';

let server: LocalServer | undefined;

afterEach(async () => {
  await server?.close();
});

interface Answer {
  status: number;
  retryAfter?: string;
}

/** What is sent to a server that gives these answers, the last one again and again. */
async function sendTo(answers: [Answer, ...Answer[]], { longestWaitMs = 2_000 } = {}) {
  const bodies: string[] = [];
  server = await serveLocally(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = answers[Math.min(bodies.push(body), answers.length) - 1] ?? answers[0];
    const { status, retryAfter } = answer;
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    response.end(`answer ${bodies.length}`);
  });
  const limits = { url: server.url, deadlineMs: 5_000, maxBytes: 1_000 };
  const send = createSend({ longestWaitMs });
  return {
    bodies,
    send: (request: Partial<OutboundRequest>) => send({ ...limits, method: 'GET', ...request }),
  };
}

const ok = { status: 200 };
const throttled = { status: 429, retryAfter: '0' };
const unavailable = { status: 503, retryAfter: '0' };

describe('a request that is told to come again soon', () => {
  it.each(['GET', 'POST', 'PATCH', 'DELETE'] as const)(
    'does so after a 429: %s',
    async (method) => {
      const { send, bodies } = await sendTo([throttled, ok]);
      const body = method === 'GET' ? undefined : 'ünï';
      const response = await send({ method, body });
      expect(response).toMatchObject({ status: 200, body: 'answer 2' });
      expect(bodies).toEqual([body ?? '', body ?? '']);
    },
  );

  it('does so once only', async () => {
    const { send, bodies } = await sendTo([throttled]);
    expect(await send({})).toMatchObject({ status: 429, body: 'answer 2' });
    expect(bodies).toHaveLength(2);
  });

  it('does so after a 503 if it is a GET', async () => {
    const { send, bodies } = await sendTo([unavailable, ok]);
    expect((await send({})).status).toBe(200);
    expect(bodies).toHaveLength(2);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'does not after a 503, for it may have been done: %s',
    async (method) => {
      const { send, bodies } = await sendTo([unavailable, ok]);
      expect((await send({ method, body: 'x' })).status).toBe(503);
      expect(bodies).toEqual(['x']);
    },
  );

  it('may be told so by a date', async () => {
    const { send, bodies } = await sendTo([
      { status: 429, retryAfter: new Date(0).toUTCString() },
      ok,
    ]);
    expect((await send({})).status).toBe(200);
    expect(bodies).toHaveLength(2);
  });

  it('does so each time anew', async () => {
    const { send, bodies } = await sendTo([throttled, ok, throttled, ok]);
    expect((await send({})).status).toBe(200);
    expect((await send({})).status).toBe(200);
    expect(bodies).toHaveLength(4);
  });
});

describe('a request is not sent again', () => {
  it.each<[string, Answer]>([
    ['after a long wait', { status: 429, retryAfter: '3' }],
    ['after a very long wait', { status: 429, retryAfter: '999999999' }],
    ['if nobody says when', { status: 429 }],
    ['if nobody understands when', { status: 429, retryAfter: 'soon' }],
    ['if nobody says when a GET may', { status: 503 }],
    ['after a long wait for a GET', { status: 503, retryAfter: '3' }],
    ['after a 500', { status: 500, retryAfter: '0' }],
    ['after a 504', { status: 504, retryAfter: '0' }],
    ['after a 408', { status: 408, retryAfter: '0' }],
    ['after a redirect', { status: 302, retryAfter: '0' }],
    ['after a 200', { status: 200, retryAfter: '0' }],
  ])('%s', async (_name, answer) => {
    const { send, bodies } = await sendTo([answer, ok]);
    expect((await send({})).status).toBe(answer.status);
    expect(bodies).toHaveLength(1);
  });

  it.each([throttled, unavailable])('unless the sender is made for it: %j', async (answer) => {
    const { send, bodies } = await sendTo([answer, ok], { longestWaitMs: 0 });
    expect((await send({})).status).toBe(answer.status);
    expect(bodies).toHaveLength(1);
  });

  it('if the connection is reset', async () => {
    let calls = 0;
    server = await serveLocally((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const send = createSend({ longestWaitMs: 2_000 });
    const request = { method: 'GET', url: server.url, deadlineMs: 5_000, maxBytes: 10 } as const;
    const error = await thrownBy(() => send(request));
    expect(error).toBeInstanceOf(OutboundError);
    expect(error).toMatchObject({ kind: 'network' });
    expect(calls).toBe(1);
  });

  it('if its time is over before', async () => {
    const { send, bodies } = await sendTo([{ status: 429, retryAfter: '2' }, ok]);
    expect((await send({ deadlineMs: 300 })).status).toBe(429);
    expect(bodies).toHaveLength(1);
  });
});
