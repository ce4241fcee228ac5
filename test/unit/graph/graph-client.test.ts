import { describe, expect, it } from 'vitest';
import { graphRequest } from '../../support/graph-calls.ts';
import { graphThatAnswers } from '../../support/graph-clients.ts';
import { appErrorOf } from '../../support/thrown.ts';

describe('a request of Graph', () => {
  const { graph } = graphThatAnswers();
  const query = new URLSearchParams({ $top: '5' });

  it('is one on the list, with its scopes and its query', () => {
    expect(graph.resolve('GET', '/me/messages', query)).toEqual({
      ...{ path: '/me/messages', query: '?$top=5' },
      ...{ scopes: ['Mail.Read'], isFile: false },
    });
    expect(graph.resolve('GET', '/me/photo/%24value', new URLSearchParams())).toEqual({
      ...{ path: '/me/photo/$value', query: '' },
      ...{ scopes: ['User.Read'], isFile: true },
    });
  });

  it.each([
    ['GET', '/users', 'not_found'],
    ['PUT', '/me', 'method_not_allowed'],
  ])('is refused if the list has it not: %s %s', async (method, path, code) => {
    expect((await appErrorOf(() => graph.resolve(method, path, query))).code).toBe(code);
  });

  it('is refused with an unknown query', async () => {
    const unknown = new URLSearchParams({ top: '5' });
    const error = await appErrorOf(() => graph.resolve('GET', '/me/messages', unknown));
    expect(error.code).toBe('invalid_request');
  });
});

describe('Graph', () => {
  it('is asked with the token and the request’s names', async () => {
    const { call, sent } = graphThatAnswers({});
    await call({ query: '?$top=5' });
    const { requestId, traceparent } = graphRequest();
    expect(sent).toEqual([
      {
        method: 'GET',
        url: 'https://graph.example/v1.0/me/messages?$top=5',
        headers: {
          ...{ accept: 'application/json', authorization: 'Bearer access-1' },
          ...{ 'client-request-id': requestId, traceparent },
        },
        ...{ deadlineMs: 8_000, maxBytes: 4 * 1024 * 1024 },
      },
    ]);
  });

  it('is asked with the caller’s headers, which can’t replace ours', async () => {
    const { call, sent } = graphThatAnswers({});
    const theirs = { authorization: 'Bearer evil', traceparent: 'evil', 'client-request-id': 'e' };
    await call({ headers: { prefer: 'outlook.timezone="UTC"', ...theirs } });
    const { requestId, traceparent } = graphRequest();
    expect(sent[0]?.headers).toMatchObject({
      ...{ prefer: 'outlook.timezone="UTC"', authorization: 'Bearer access-1' },
      ...{ 'client-request-id': requestId, traceparent },
    });
  });

  it('is asked in the time that the caller waits', async () => {
    const { call, clock, sent } = graphThatAnswers({});
    await call({ until: clock.now() + 3_000 });
    expect(sent[0]?.deadlineMs).toBe(3_000);
  });

  it.each([0, -1, 249])('is not asked when the caller waits %d ms more', async (ms) => {
    const { call, clock, sent } = graphThatAnswers({});
    const error = await appErrorOf(() => call({ method: 'POST', until: clock.now() + ms }));
    expect(error.code).toBe('temporarily_unavailable');
    expect(sent).toEqual([]);
  });

  it('gets the body as it came', async () => {
    const { call, sent } = graphThatAnswers({ status: 202, headers: {}, body: '' });
    const body = new Uint8Array([0, 255, 10]);
    await call({ method: 'POST', path: '/me/sendMail', body });
    expect(sent).toMatchObject([{ method: 'POST', body }]);
  });
});

describe('Graph’s JSON', () => {
  it('is JSON in any spelling', async () => {
    const headers = { 'content-type': 'Application/JSON' };
    expect((await graphThatAnswers({ headers }).call()).body).toBe('{}');
  });

  it('comes back unchanged, as JSON', async () => {
    const body = '{ "id" : "1",\n"displayName":"Ünï", "n":1.0 }';
    const headers = { 'content-type': 'application/json;odata.metadata=minimal' };
    expect(await graphThatAnswers({ body, headers }).call()).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
    });
  });

  it('leads to more through us', async () => {
    const link = (url: string) => `{"@odata.nextLink":"${url}/me/messages?$skip=1"}`;
    const { call } = graphThatAnswers({ body: link('https://graph.example/v1.0') });
    expect((await call()).body).toBe(link('https://app.example.com/graph'));
  });

  it('that leads off the list is refused', async () => {
    const body = '{"@odata.nextLink":"https://graph.example/v1.0/users?$skip=1"}';
    const error = await appErrorOf(graphThatAnswers({ body }).call);
    expect(error.code).toBe('bad_gateway');
    expect(error.public.detail).toContain('link');
  });

  it.each([200, 201, 202, 206])('may come with %d', async (status) => {
    const answer = await graphThatAnswers({ status, body: '{"id":"1"}' }).call();
    expect(answer).toMatchObject({ status, body: '{"id":"1"}' });
  });

  it.each([
    [204, ''],
    [204, 'what should not be there'],
    [304, ''],
  ])('is not there with %d', async (status, body) => {
    const headers = { etag: 'W/"1"' };
    const answer = await graphThatAnswers({ status, headers, body }).call();
    expect(answer).toEqual({ status, headers, body: '' });
  });

  it.each([200, 201, 202])('need not be there for what is done, with %d', async (status) => {
    const { call } = graphThatAnswers({ status, headers: { etag: 'W/"1"' }, body: '' });
    const answer = await call({ method: 'POST', path: '/me/sendMail' });
    expect(answer).toEqual({ status, headers: { etag: 'W/"1"' }, body: '' });
  });

  it.each([
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['JSON called HTML', { headers: { 'content-type': 'text/html' } }],
    ['JSON called nothing', { headers: {} }],
    ['HTML called JSON', { body: '<html>' }],
    ['nothing', { body: '' }],
    ['nothing, accepted', { status: 202, body: '' }],
    ['JSON cut short', { body: '{"id":' }],
    ['null', { body: 'null' }],
    ['text', { body: '"text"' }],
    ['HTML, accepted', { status: 202, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('is due: %s is bad_gateway', async (_name, answer) => {
    const error = await appErrorOf(graphThatAnswers(answer).call);
    expect(error.code).toBe('bad_gateway');
    expect(JSON.stringify(error.public)).not.toContain('html');
  });
});

describe('Graph’s headers', () => {
  const kept = {
    'accept-ranges': 'bytes',
    'content-range': 'bytes 0-1/2',
    etag: 'W/"a1"',
    'last-modified': 'Sat, 14 Mar 2026 09:30:00 GMT',
    'preference-applied': 'outlook.timezone="UTC"',
  };
  const dropped = {
    'set-cookie': 'session=evil',
    server: 'x',
    'www-authenticate': 'Bearer',
    location: 'https://evil.example',
    'access-control-allow-origin': '*',
    'content-encoding': 'gzip',
    'content-length': '2',
    'x-ms-ags-diagnostic': '{}',
    'cache-control': 'public',
    'content-security-policy': "default-src 'self'",
    'retry-after': '1',
  };

  it('are those that callers need', async () => {
    const type = { 'content-type': 'application/json' };
    const { call } = graphThatAnswers({ headers: { ...kept, ...dropped, ...type } });
    const { headers } = await call();
    expect(headers).toEqual({ ...kept, 'content-type': 'application/json; charset=utf-8' });
  });

  it.each(['', 'a\r\nset-cookie: x', 'ü', '\0', 'x'.repeat(513)])(
    'are not passed on with a value that is odd: %j',
    async (etag) => {
      const headers = { 'content-type': 'application/json', etag };
      expect((await graphThatAnswers({ headers }).call()).headers).not.toHaveProperty('etag');
    },
  );
});
