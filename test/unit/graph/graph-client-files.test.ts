import { describe, expect, it } from 'vitest';
import { OutboundError } from '../../../src/lib/http/outbound-request.ts';
import { seconds } from '../../support/clock.ts';
import { graphThatAnswers } from '../../support/graph-clients.ts';
import { appErrorOf } from '../../support/thrown.ts';

const file = { path: '/me/drive/items/1/content', isFile: true };
const bytes = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 255]);
const location = 'https://contoso.sharepoint.com/download?tempauth=secret';
const elsewhere = { status: 302, headers: { location }, body: '' };
const png = { headers: { 'content-type': 'image/png' }, body: bytes };

const sandboxed = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
};

describe('a file', () => {
  it('is asked for as what it is, and may be larger than JSON', async () => {
    const { call, sent } = graphThatAnswers(png);
    await call(file);
    expect(sent).toMatchObject([{ headers: { accept: '*/*' }, maxBytes: 16 * 1024 * 1024 }]);
  });

  it('comes byte for byte, as data that no browser runs', async () => {
    expect(await graphThatAnswers(png).call(file)).toEqual({
      status: 200,
      headers: { 'content-type': 'image/png', ...sandboxed },
      body: Buffer.from(bytes),
    });
  });

  it('may be in parts', async () => {
    const headers = { 'content-type': 'image/png', 'content-range': 'bytes 0-5/9' };
    const answer = await graphThatAnswers({ ...png, status: 206, headers }).call(file);
    expect(answer).toMatchObject({ status: 206, headers: { ...headers, ...sandboxed } });
  });

  it('that has not changed has no body', async () => {
    const headers = { etag: '"1"' };
    const answer = await graphThatAnswers({ status: 304, headers, body: '' }).call(file);
    expect(answer).toMatchObject({ status: 304, headers, body: '' });
  });

  it('is not looked into', async () => {
    const body = '{"@odata.nextLink":"https://graph.example/v1.0/users"}';
    const answer = await graphThatAnswers({ ...png, body }).call(file);
    expect(Buffer.from(answer.body).toString()).toBe(body);
  });

  it.each(['text/html', 'image/svg+xml', 'application/pdf', 'application/vnd.ms-excel'])(
    'of type %s has it, and the sandbox',
    async (type) => {
      const { headers } = await graphThatAnswers({ headers: { 'content-type': type } }).call(file);
      expect(headers).toEqual({ 'content-type': type, ...sandboxed });
    },
  );

  it.each([
    ['text/html; charset=utf-8', 'text/html; charset=utf-8'],
    ['Text/HTML;Charset="UTF-8"', 'text/html; charset=UTF-8'],
    ['text/plain; charset="a b"; x=y', 'text/plain'],
    ['multipart/mixed; boundary=x', 'multipart/mixed'],
  ])('of type %s is told as %s', async (type, told) => {
    const { headers } = await graphThatAnswers({ headers: { 'content-type': type } }).call(file);
    expect(headers['content-type']).toBe(told);
  });

  it.each([undefined, '', 'html', 'text/html, x/y', 'a/b\r\nx: y', '/'])(
    'of an odd type (%j) is bytes',
    async (type) => {
      const headers = type === undefined ? {} : { 'content-type': type };
      const answer = await graphThatAnswers({ ...png, headers }).call(file);
      expect(answer.headers['content-type']).toBe('application/octet-stream');
    },
  );
});

describe('a file that is elsewhere', () => {
  it('is fetched from there, without the token and all else', async () => {
    const { call, sent } = graphThatAnswers(elsewhere, png);
    const answer = await call({ ...file, headers: { prefer: 'x', 'if-match': '"1"' } });
    expect(answer).toMatchObject({ status: 200, body: Buffer.from(bytes) });
    expect(answer.headers).toEqual({ 'content-type': 'image/png', ...sandboxed });
    expect(sent[1]).toEqual({
      ...{ method: 'GET', url: location, headers: {} },
      ...{ deadlineMs: 8 * seconds, maxBytes: 16 * 1024 * 1024 },
    });
  });

  it('is fetched in parts, if the caller wants it so', async () => {
    const { call, sent } = graphThatAnswers(elsewhere, { ...png, status: 206 });
    expect((await call({ ...file, headers: { range: 'bytes=0-5' } })).status).toBe(206);
    expect(sent.map(({ headers }) => headers?.['range'])).toEqual(['bytes=0-5', 'bytes=0-5']);
    expect(sent[1]?.headers).toEqual({ range: 'bytes=0-5' });
  });

  it('is fetched in the time that is left', async () => {
    const { call, pace, sent } = graphThatAnswers(elsewhere, png);
    pace.answerMs = 3 * seconds;
    await call(file);
    expect(sent[1]?.deadlineMs).toBe(5 * seconds);
  });

  it('is not fetched if there is no time left', async () => {
    const { call, pace, sent } = graphThatAnswers(elsewhere, png);
    pace.answerMs = 8 * seconds;
    expect((await appErrorOf(() => call(file))).code).toBe('temporarily_unavailable');
    expect(sent).toHaveLength(1);
  });

  it.each([
    undefined,
    '',
    '/relative',
    'http://contoso.sharepoint.com/x',
    'https://169.254.169.254/x',
    'https://user:password@contoso.sharepoint.com/x',
    'https://contoso.sharepoint.com:8443/x',
    'http://graph.example/x',
  ])('is not fetched from %s', async (address) => {
    const headers = address === undefined ? {} : { location: address };
    const { call, sent } = graphThatAnswers({ ...elsewhere, headers }, png);
    expect((await appErrorOf(() => call(file))).code).toBe('bad_gateway');
    expect(sent).toHaveLength(1);
  });

  it('is not looked for any further', async () => {
    const { call, sent } = graphThatAnswers(elsewhere, elsewhere, png);
    expect((await appErrorOf(() => call(file))).code).toBe('bad_gateway');
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['timeout', 'temporarily_unavailable'],
    ['too-large', 'bad_gateway'],
  ] as const)('may not come (%s): %s, without its address', async (kind, code) => {
    const { call } = graphThatAnswers(elsewhere, new OutboundError(kind, location));
    const error = await appErrorOf(() => call(file));
    expect(error.code).toBe(code);
    expect(`${JSON.stringify(error.public)} ${error.message}`).not.toContain('secret');
  });

  it('can’t ask for claims', async () => {
    const claims = Buffer.from('{"access_token":{}}').toString('base64');
    const headers = { 'www-authenticate': `X error="insufficient_claims", claims="${claims}"` };
    const { call } = graphThatAnswers(elsewhere, { status: 401, headers });
    expect((await appErrorOf(() => call(file))).code).toBe('bad_gateway');
  });

  it.each([
    [401, 'bad_gateway'],
    [403, 'bad_gateway'],
    [404, 'not_found'],
    [429, 'throttled'],
    [503, 'temporarily_unavailable'],
  ])('and not to be had (%d) is %s, no matter of the sign-in', async (status, code) => {
    const { call } = graphThatAnswers(elsewhere, { status });
    const error = await appErrorOf(() => call(file));
    expect(error.code).toBe(code);
    expect(error.public.login).toBeUndefined();
  });
});

describe('no other redirect', () => {
  it.each([301, 303, 307, 308])('is followed for a file: %d', async (status) => {
    const { call, sent } = graphThatAnswers({ ...elsewhere, status }, png);
    const error = await appErrorOf(() => call(file));
    expect(error.code).toBe('bad_gateway');
    expect(JSON.stringify(error.public)).not.toContain('sharepoint');
    expect(sent).toHaveLength(1);
  });

  it.each([401, 403])('to where it is refused (%d) is no matter of the sign-in', async (status) => {
    const { call } = graphThatAnswers(elsewhere, { status });
    expect((await appErrorOf(() => call(file))).code).toBe('bad_gateway');
  });

  it.each([301, 302, 303, 307, 308])('is followed for JSON: %d', async (status) => {
    const { call, sent } = graphThatAnswers({ ...elsewhere, status }, png);
    expect((await appErrorOf(() => call())).code).toBe('bad_gateway');
    expect(sent).toHaveLength(1);
  });
});
