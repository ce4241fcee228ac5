import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { toAppRequest } from '../../../src/lib/host/app-request.ts';
import { appErrorOf } from '../../support/thrown.ts';

interface Given {
  url?: string;
  headers?: Record<string, string>;
  body?: string;
}

function requestOf({ url = 'https://app.example.com/me', headers = {}, body }: Given = {}) {
  const request = new HttpRequest({
    ...{ url, headers, method: body === undefined ? 'GET' : 'POST' },
    ...(body !== undefined && { body: { string: body } }),
  });
  return toAppRequest(request, { requestId: 'request-1', until: 1 });
}

describe('a request', () => {
  it.each<[string, Given]>([
    ['URL', { url: `https://app.example.com/${'a'.repeat(8_169)}` }],
    ['URL with its query', { url: `https://app.example.com/me?${'a'.repeat(8_166)}` }],
    ['header', { headers: { 'x-test': 'a'.repeat(10_241) } }],
    ['Authorization header', { headers: { authorization: 'a'.repeat(10_241) } }],
    ['cookie', { headers: { cookie: 'a'.repeat(16_385) } }],
    ['body', { headers: { 'content-length': String(4 * 1024 * 1024 + 1) } }],
  ])('with too long a %s is refused', async (_name, given) => {
    const error = await appErrorOf(() => requestOf(given));
    expect(error.code).toBe('invalid_request');
    expect(error.public.detail).not.toContain('aaa');
  });

  it.each<[string, Given]>([
    ['URL', { url: `https://app.example.com/${'a'.repeat(8_168)}` }],
    ['header', { headers: { 'x-test': 'a'.repeat(10_240) } }],
    ['cookie', { headers: { cookie: `session=${'a'.repeat(16_376)}` } }],
    ['body', { headers: { 'content-length': String(4 * 1024 * 1024) } }],
  ])('with as long a %s as it may have is taken', (_name, given) => {
    expect(requestOf(given).requestId).toBe('request-1');
  });

  it('has a body of so many bytes at most, whatever it says of itself', async () => {
    const told = requestOf({ body: 'abc', headers: { 'content-length': '3' } });
    expect((await appErrorOf(() => told.body(2))).code).toBe('invalid_request');
    const untold = requestOf({ body: 'abc' });
    expect((await appErrorOf(() => untold.body(2))).code).toBe('invalid_request');
    expect(await requestOf({ body: 'abc' }).body(3)).toEqual(new Uint8Array(Buffer.from('abc')));
  });

  it('has each parameter once', async () => {
    const request = requestOf({ url: 'https://app.example.com/?state=a&state=b&code=c&empty=' });
    expect((await appErrorOf(() => request.query('state'))).code).toBe('invalid_request');
    expect(request.query('code')).toBe('c');
    expect(request.query('empty')).toBeUndefined();
    expect(request.query('none')).toBeUndefined();
  });
});
