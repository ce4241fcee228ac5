import { describe, expect, it } from 'vitest';
import { graphMethods } from '../../../src/lib/graph/routes.ts';
import type { AppRequest } from '../../../src/lib/host/app-request.ts';
import { everyGraphMethod, graphReply, toGraphAsk } from '../../../src/lib/host/graph-handler.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';

const forwarded = {
  consistencylevel: 'eventual',
  'content-encoding': 'gzip',
  'content-language': 'de',
  'content-type': 'application/json',
  'if-match': 'W/"1"',
  'if-none-match': 'W/"2"',
  prefer: 'outlook.timezone="UTC"',
  range: 'bytes=0-1',
};

const notForwarded = {
  authorization: 'Bearer session',
  cookie: 'session=secret',
  host: 'app.example.com',
  origin: 'https://app.example.com',
  referer: 'https://app.example.com/?code=secret',
  accept: 'text/html',
  'accept-encoding': 'gzip',
  'content-length': '7',
  'transfer-encoding': 'chunked',
  connection: 'keep-alive',
  forwarded: 'for=192.0.2.1',
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-host': 'evil.example',
  'x-ms-client-principal': 'evil',
  'x-ms-token-aad-access-token': 'evil',
  'x-http-method-override': 'DELETE',
  'x-csrf': '1',
  'client-request-id': 'theirs',
  'user-agent': 'x',
};

function requestOf(fields: { headers?: Record<string, string> } & Partial<AppRequest>): AppRequest {
  const { headers = {}, ...given } = fields;
  return {
    method: 'GET',
    requestId: 'request-1',
    path: '/graph/me/messages',
    header: (name) => headers[name],
    query: () => undefined,
    queries: new URLSearchParams('$top=5'),
    param: () => undefined,
    body: async () => new Uint8Array([1]),
    cookie: () => undefined,
    wantsHtml: false,
    client: { address: undefined, userAgent: undefined },
    audit: {},
    until: 1,
    ...given,
  };
}

describe('what a request asks of Graph', () => {
  it('is below the root, with its query', async () => {
    const ask = await toGraphAsk(requestOf({ path: '/graph/me/messages/a%3D' }), '/graph');
    expect(ask).toMatchObject({ method: 'GET', path: '/me/messages/a%3D', root: '/graph' });
    expect(ask.query.toString()).toBe('%24top=5');
  });

  it('is below a root of any length', async () => {
    const request = requestOf({ path: '/users/oid-1/graph/me' });
    expect((await toGraphAsk(request, '/users/oid-1/graph')).path).toBe('/me');
  });

  it('has these headers of the caller’s and no others', async () => {
    const request = requestOf({ headers: { ...forwarded, ...notForwarded } });
    expect((await toGraphAsk(request, '/graph')).headers).toEqual(forwarded);
  });

  it('has a body if it is no GET', async () => {
    expect((await toGraphAsk(requestOf({}), '/graph')).body).toBeUndefined();
    const request = requestOf({ method: 'POST' });
    expect((await toGraphAsk(request, '/graph')).body).toEqual(new Uint8Array([1]));
  });

  it('has a body of 4 MiB at most', async () => {
    const limits: number[] = [];
    const body = async (maxBytes: number) => {
      limits.push(maxBytes);
      return undefined;
    };
    await toGraphAsk(requestOf({ method: 'POST', body }), '/graph');
    expect(limits).toEqual([4 * 1024 * 1024]);
  });

  it('has our request id, and the caller’s trace', async () => {
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const ask = await toGraphAsk(requestOf({ headers }), '/graph');
    expect(ask.requestId).toBe('request-1');
    expect(ask.traceparent).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)`));
  });
});

describe('the answer', () => {
  const headers = { etag: '"1"' };

  it('is Graph’s', () => {
    const answer = { status: 206, headers, body: new Uint8Array([0, 255]) };
    expect(graphReply(answer)).toEqual(answer);
  });

  it('has no body if Graph’s has none', () => {
    expect(graphReply({ status: 204, headers, body: '' })).toEqual({ status: 204, headers });
  });
});

describe('the route', () => {
  it('takes every method that the list can name', () => {
    expect(Object.keys(everyGraphMethod(async () => ({ status: 204 }))).sort()).toEqual(
      [...graphMethods].sort(),
    );
  });
});
