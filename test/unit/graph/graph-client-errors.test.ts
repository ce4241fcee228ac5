import { describe, expect, it } from 'vitest';
import { ClaimsChallenge } from '../../../src/lib/auth/tokens/claims-challenge.ts';
import { OutboundError } from '../../../src/lib/http/outbound-request.ts';
import { graphThatAnswers } from '../../support/graph-clients.ts';
import { appErrorOf, thrownBy } from '../../support/thrown.ts';

const file = { path: '/me/photo/$value', isFile: true };

describe.each([
  ['JSON', {}],
  ['a file', file],
] as const)('an error in place of %s', (_name, request) => {
  it.each([
    [401, 'reauth_required', 401],
    [403, 'forbidden', 403],
    [404, 'not_found', 404],
    [429, 'throttled', 429],
    [503, 'temporarily_unavailable', 503],
    [504, 'temporarily_unavailable', 503],
    [509, 'throttled', 429],
    [400, 'graph_error', 400],
    [405, 'graph_error', 405],
    [409, 'graph_error', 409],
    [412, 'graph_error', 412],
    [416, 'graph_error', 416],
    [500, 'bad_gateway', 502],
    [502, 'bad_gateway', 502],
    [100, 'bad_gateway', 502],
    [203, 'bad_gateway', 502],
    [300, 'bad_gateway', 502],
  ])('%d is %s', async (given, code, status) => {
    const { call, sent } = graphThatAnswers({ status: given });
    const error = await appErrorOf(() => call(request));
    expect([error.code, error.status]).toEqual([code, status]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    ['timeout', 'temporarily_unavailable'],
    ['network', 'temporarily_unavailable'],
    ['too-large', 'bad_gateway'],
  ] as const)('no answer (%s) is %s', async (kind, code) => {
    const failure = new OutboundError(kind, 'https://graph.example/v1.0/me');
    const error = await appErrorOf(() => graphThatAnswers(failure).call(request));
    expect(error.code).toBe(code);
    expect(error.cause).toBe(failure);
  });
});

describe('an error of Graph', () => {
  const headers = { 'request-id': 'a1-b2', 'retry-after': '17' };

  it('that is a bug of ours is told as it is', async () => {
    const bug = new RangeError('a bug');
    expect(await thrownBy(graphThatAnswers(bug).call)).toBe(bug);
  });

  it('passes its code and its request id on, and no text', async () => {
    const body = '{"error":{"code":"nameAlreadyExists","message":"a secret"}}';
    const error = await appErrorOf(graphThatAnswers({ status: 409, body, headers }).call);
    expect(error.public).toEqual({
      graphRequestId: 'a1-b2',
      graph: { status: 409, code: 'nameAlreadyExists' },
    });
  });

  it.each([200, 302, 401, 403, 404, 429, 503, 500])(
    'with %d keeps its request id',
    async (status) => {
      const error = await appErrorOf(graphThatAnswers({ status, headers, body: '' }).call);
      expect(error.public.graphRequestId).toBe('a1-b2');
    },
  );

  it.each([500, 502, 504])('with %d and a wait is one to come back after', async (status) => {
    const { code, public: told } = await appErrorOf(graphThatAnswers({ status, headers }).call);
    expect([code, told.retryAfterSeconds]).toEqual(['temporarily_unavailable', 17]);
  });

  it('that never came may have done something, unless it was asked to read', async () => {
    const failure = new OutboundError('timeout', 'https://graph.example/v1.0/me');
    const detailOf = async (method: 'GET' | 'POST') =>
      (await appErrorOf(() => graphThatAnswers(failure).call({ method }))).public.detail;
    expect(await detailOf('POST')).toContain('may have done this');
    expect(await detailOf('GET')).not.toContain('may have done this');
  });

  it.each([429, 503, 504, 509])('with %d passes its wait on, or 5 seconds', async (status) => {
    const told = await appErrorOf(graphThatAnswers({ status, headers }).call);
    expect(told.public.retryAfterSeconds).toBe(17);
    const untold = await appErrorOf(graphThatAnswers({ status, headers: {} }).call);
    expect(untold.public.retryAfterSeconds).toBe(5);
  });

  it('passes on nothing that is not a plain word', async () => {
    const answer = {
      status: 400,
      body: '{"error":{"code":"<script>"}}',
      headers: { 'request-id': '<script>' },
    };
    const error = await appErrorOf(graphThatAnswers(answer).call);
    expect(error.public).toEqual({ graph: { status: 400, code: undefined } });
  });

  it.each(['', '<html>', '{}', '{"error":null}', '{"error":"x"}', '{"error":{"code":7}}', '[]'])(
    'need not say a code: %s',
    async (body) => {
      const error = await appErrorOf(graphThatAnswers({ status: 400, body }).call);
      expect(error.public.graph).toEqual({ status: 400, code: undefined });
    },
  );
});

describe('a 401', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
  const encoded = Buffer.from(claims).toString('base64');
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${encoded}"`;

  it.each([{}, file])('with a claims challenge is one: %j', async (request) => {
    const answer = { status: 401, headers: { 'www-authenticate': challenge } };
    const error = await thrownBy(() => graphThatAnswers(answer).call(request));
    expect(error).toBeInstanceOf(ClaimsChallenge);
    expect(error).toMatchObject({ claims });
  });

  it('with another challenge asks to sign in', async () => {
    const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
    const error = await appErrorOf(graphThatAnswers({ status: 401, headers }).call);
    expect(error.code).toBe('reauth_required');
    expect(error.public).toEqual({
      detail: 'Microsoft Graph does not accept your access token. Sign in again.',
      ...{ reason: 'token_rejected', login: {} },
    });
  });

  it('alone makes a challenge one', async () => {
    const headers = { 'www-authenticate': challenge };
    const error = await appErrorOf(graphThatAnswers({ status: 403, headers }).call);
    expect(error.code).toBe('forbidden');
  });
});
