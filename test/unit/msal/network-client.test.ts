import { describe, expect, it } from 'vitest';
import { TokenError } from '../../../src/lib/auth/tokens/token-error.ts';
import { classifyFault } from '../../../src/lib/auth/tokens/token-fault.ts';
import { OutboundError, type OutboundRequest } from '../../../src/lib/http/outbound-request.ts';
import { createNetworkClient } from '../../../src/lib/msal/network-client.ts';
import { startTime } from '../../support/clock.ts';
import { thrownBy } from '../../support/thrown.ts';

const url = 'https://login.example/tenant/oauth2/v2.0/token';
const good = { access_token: 'a', refresh_token: 'r', expires_in: 3600 };

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

function clientThatGets(...answers: (Answer | Error)[]) {
  const sent: OutboundRequest[] = [];
  const client = createNetworkClient({
    send: async (request) => {
      sent.push(request);
      const answer = answers.shift() ?? {};
      if (answer instanceof Error) throw answer;
      const { status = 200, headers = {}, body = good } = answer;
      return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
    },
    tokenOrigins: new Set(['https://login.example']),
    severalTenants: true,
    now: () => startTime,
  });
  return { client, sent };
}

async function faultOf(answer: Answer | Error, to = url) {
  const { client } = clientThatGets(answer);
  const error = await thrownBy(() => client.sendPostRequestAsync(to, { body: 'x' }));
  if (!(error instanceof TokenError)) throw new Error('not a TokenError', { cause: error });
  expect(client.failure()).toBe(error);
  expect(client.issued()).toBeUndefined();
  return { ...error.fault, class: classifyFault(error.fault).class };
}

describe('the network client', () => {
  it('sends MSAL’s request with a deadline and brings the tokens', async () => {
    const { client, sent } = clientThatGets({});
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await client.sendPostRequestAsync(url, { headers, body: 'grant=x' });
    expect(response).toEqual({ status: 200, headers: {}, body: good });
    expect(sent).toMatchObject([{ method: 'POST', url, headers, body: 'grant=x' }]);
    expect(sent[0]?.deadlineMs).toBeLessThanOrEqual(10_000);
    expect(client.issued()).toBe('a');
    expect(client.failure()).toBeUndefined();
  });

  it('has nothing to get', async () => {
    const { client, sent } = clientThatGets();
    await expect(client.sendGetRequestAsync(url)).rejects.toThrow();
    expect(sent).toEqual([]);
  });

  it('forgets a failure that was followed by tokens', async () => {
    const { client } = clientThatGets({ status: 503 }, {});
    await thrownBy(() => client.sendPostRequestAsync(url));
    await client.sendPostRequestAsync(url);
    expect(client.failure()).toBeUndefined();
    expect(client.issued()).toBe('a');
  });

  it.each([
    'https://evil.example/token',
    'http://login.example/token',
    'https://login.example:8443/token',
    'https://login.example.evil.example/token',
    'https://login.example@evil.example/token',
  ])('does not send to %s', async (foreign) => {
    const { client, sent } = clientThatGets({});
    expect(await thrownBy(() => client.sendPostRequestAsync(foreign))).toBeInstanceOf(TokenError);
    expect(sent).toEqual([]);
  });

  it('completes an answer with tokens before MSAL reads it, and no other', async () => {
    const client = createNetworkClient({
      send: async ({ body }) => ({ status: 200, headers: {}, body: String(body ?? '') }),
      tokenOrigins: new Set(['https://login.example']),
      severalTenants: false,
      now: () => startTime,
      complete: (body) => ({ id_token: 'earlier', ...body }),
    });
    const answer = (body: object) =>
      client.sendPostRequestAsync(url, { body: JSON.stringify(body) });
    expect((await answer(good)).body).toEqual({ id_token: 'earlier', ...good });
    expect((await answer({ ...good, id_token: 'new' })).body).toMatchObject({ id_token: 'new' });
    expect(await thrownBy(() => answer({ error: 'invalid_grant' }))).toBeInstanceOf(TokenError);
  });
});

describe('an answer without tokens', () => {
  it('is one tenant’s matter where the app serves several, if it says that the tenant has no app', async () => {
    const body = { error: 'unauthorized_client', error_codes: [700016] };
    expect(await faultOf({ status: 400, body })).toMatchObject({ class: 'administrator' });
  });

  it.each<[string, Answer, string]>([
    ['200 with an empty object', { body: {} }, 'transient'],
    ['200 with an empty token', { body: { access_token: '' } }, 'transient'],
    ['200 with a token of another type', { body: { access_token: 7 } }, 'transient'],
    ['200 with an error', { body: { error: 'invalid_grant' } }, 'user'],
    ['200 with a list', { body: [good] }, 'transient'],
    ['200 with null', { body: 'null' }, 'transient'],
    ['200 with nothing', { body: '' }, 'transient'],
    ['200 with JSON cut short', { body: '{"access_token":"a' }, 'transient'],
    ['200 with HTML', { body: '<html>captive portal</html>' }, 'transient'],
    ['201 with tokens', { status: 201 }, 'transient'],
    ['307 with tokens', { status: 307, headers: { location: 'https://x' } }, 'transient'],
    ['404 with JSON without an error', { status: 404, body: { message: 'no' } }, 'transient'],
    ['502 with HTML', { status: 502, body: '<html>' }, 'transient'],
    ['500 with tokens', { status: 500 }, 'transient'],
    ['400 invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, 'user'],
    ['401 invalid_client', { status: 401, body: { error: 'invalid_client' } }, 'operator'],
  ])('%s is a fault', async (_name, answer, expected) => {
    const fault = await faultOf(answer);
    expect(fault.class).toBe(expected);
    expect(fault.status).toBe(answer.status ?? 200);
  });

  it.each([
    ['17', 17],
    [new Date(startTime + 30_000).toUTCString(), 30],
    ['soon', undefined],
  ])('429 with Retry-After %s', async (header, seconds) => {
    const fault = await faultOf({ status: 429, headers: { 'retry-after': header }, body: '' });
    expect(fault).toMatchObject({ retryAfterSeconds: seconds, class: 'transient' });
  });

  it('keeps Entra’s numbers and trace id', async () => {
    const body = {
      error: 'invalid_grant',
      suberror: 'bad_token',
      error_codes: [70043, '7', 1.5, 50196],
      trace_id: '8d2b9f4e-0000-4000-8000-1234567890ab',
      error_description: 'AADSTS70043: secret',
    };
    expect(await faultOf({ status: 400, body })).toEqual({
      status: 400,
      error: 'invalid_grant',
      suberror: 'bad_token',
      errorCodes: [70043, 50196],
      retryAfterSeconds: undefined,
      traceId: '8d2b9f4e-0000-4000-8000-1234567890ab',
      severalTenants: true,
      class: 'transient',
    });
  });

  it('keeps nothing that is not a plain word', async () => {
    const error = 'invalid_grant\nsecret=1';
    const body = { error, suberror: ['x'], trace_id: 'x'.repeat(65), error_codes: 'all' };
    expect(await faultOf({ status: 400, body })).toMatchObject({
      error: undefined,
      suberror: undefined,
      traceId: undefined,
      errorCodes: [],
    });
  });

  it.each(['timeout', 'network', 'too-large'] as const)('none at all (%s)', async (kind) => {
    const fault = await faultOf(new OutboundError(kind, url));
    expect(fault).toMatchObject({ status: undefined, class: 'transient' });
  });

  it('that is a bug of ours is not taken for a fault', async () => {
    const { client } = clientThatGets(new RangeError('a bug'));
    expect(await thrownBy(() => client.sendPostRequestAsync(url))).toBeInstanceOf(RangeError);
  });
});
