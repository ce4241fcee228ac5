import { describe, expect, it } from 'vitest';
import { TokenError } from '../../../src/lib/auth/tokens/token-error.ts';
import { OutboundError, type OutboundRequest } from '../../../src/lib/http/outbound-request.ts';
import { createTokenClient } from '../../../src/lib/msal/token-client.ts';
import { startTime } from '../../support/clock.ts';
import { configOf } from '../../support/environment.ts';
import { thrownBy } from '../../support/thrown.ts';

const config = configOf({ ENTRA_DEVICE_CLIENT_ID: '99999999-2222-4333-8444-666666666666' });
const good = {
  device_code: 'device-code-1',
  user_code: 'ABCD2345',
  verification_uri: 'https://login.example/device',
  expires_in: 900,
  interval: 5,
};

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A start that is answered so. */
function startWith(answer: Answer | Error) {
  const sent: OutboundRequest[] = [];
  const client = createTokenClient({
    config,
    now: () => startTime,
    send: async (request) => {
      sent.push(request);
      if (answer instanceof Error) throw answer;
      const { status = 200, headers = {}, body = good } = answer;
      return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
  });
  return { sent, start: () => client.startDevice(['User.Read']) };
}

async function faultOf(answer: Answer | Error) {
  const { start, sent } = startWith(answer);
  const error = await thrownBy(start);
  expect(sent).toHaveLength(1);
  if (error instanceof TokenError) return error.fault;
  throw new Error('not a TokenError', { cause: error });
}

describe('a device authorization', () => {
  it('is what the endpoint of the tenant answers to one request', async () => {
    const { start, sent } = startWith({});
    expect(await start()).toEqual({
      ...{ deviceCode: 'device-code-1', userCode: 'ABCD2345', expiresIn: 900, interval: 5 },
      verificationUri: 'https://login.example/device',
    });
    const tenant = 'https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555';
    expect(sent.map(({ url }) => url)).toEqual([
      expect.stringContaining(`${tenant}/oauth2/v2.0/devicecode`),
    ]);
  });

  it.each([
    [undefined, 5],
    ['soon', 5],
    [0, 5],
    [-1, 5],
    ['7', 7],
    [1.5, 2],
  ])('with an interval of %j is polled every %d seconds', async (interval, expected) => {
    const { start } = startWith({ body: { ...good, interval } });
    expect((await start()).interval).toBe(expected);
  });

  it('may tell its lifetime as a text', async () => {
    const { start } = startWith({ body: { ...good, expires_in: '600' } });
    expect((await start()).expiresIn).toBe(600);
  });

  it.each([
    { device_code: undefined },
    { device_code: '' },
    { device_code: 'with space' },
    { device_code: 'x'.repeat(4097) },
    { user_code: undefined },
    { user_code: '<script>' },
    { user_code: 'x'.repeat(65) },
    { verification_uri: undefined },
    { verification_uri: 'javascript:alert(1)' },
    { verification_uri: '//login.example/device' },
    { verification_uri: 'https://login.example/\u001b[31m' },
    { expires_in: undefined },
    { expires_in: 0 },
    { expires_in: 86_401 },
  ])('is none with %.80j', async (change) => {
    expect(await faultOf({ body: { ...good, ...change } })).toMatchObject({ status: 200 });
  });

  it.each(['', 'null', '[]', '<html>', '{"device_code":'])('is none in %j', async (body) => {
    expect(await faultOf({ body })).toMatchObject({ status: 200, error: undefined });
  });
});

describe('a refused device authorization', () => {
  it('keeps the status, the error and Entra’s numbers', async () => {
    const body = { error: 'unauthorized_client', error_codes: [700016], ...good };
    expect(await faultOf({ status: 400, body })).toMatchObject({
      ...{ status: 400, error: 'unauthorized_client', errorCodes: [700016] },
    });
  });

  it('keeps when to try again', async () => {
    const answer = { status: 429, headers: { 'retry-after': '17' }, body: {} };
    expect(await faultOf(answer)).toMatchObject({ status: 429, retryAfterSeconds: 17 });
  });

  it('is told from one that was not answered', async () => {
    const timeout = new OutboundError('timeout', 'https://login.example');
    expect(await faultOf(timeout)).toMatchObject({ status: undefined, error: undefined });
  });
});
