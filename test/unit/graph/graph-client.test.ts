import { describe, expect, it } from 'vitest';
import { createGraphClient } from '../../../src/lib/graph/graph-client.ts';
import { OutboundError, type OutboundRequest } from '../../../src/lib/http/outbound-request.ts';
import { startTime } from '../../support/clock.ts';
import { appErrorOf } from '../../support/thrown.ts';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

function graphThatAnswers(answer: Answer | Error) {
  const sent: OutboundRequest[] = [];
  const graph = createGraphClient({
    baseUrl: 'https://graph.example',
    send: async (request) => {
      sent.push(request);
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: '', ...answer };
    },
    now: () => startTime,
  });
  return { sent, me: () => graph.me('access-1', 'request-1') };
}

describe('Graph', () => {
  it('is asked with the token, and its JSON comes back unchanged', async () => {
    const body = '{ "id" : "oid-1",\n"displayName":"Ünï" }';
    const { me, sent } = graphThatAnswers({ body });
    expect(await me()).toEqual({ id: 'oid-1', json: body });
    expect(sent).toMatchObject([
      {
        method: 'GET',
        url: 'https://graph.example/v1.0/me',
        headers: { authorization: 'Bearer access-1', 'client-request-id': 'request-1' },
      },
    ]);
  });

  it.each<[Answer, string, number]>([
    [{ status: 401 }, 'reauth_required', 401],
    [{ status: 403 }, 'forbidden', 403],
    [{ status: 404 }, 'not_found', 404],
    [{ status: 429 }, 'throttled', 429],
    [{ status: 503 }, 'temporarily_unavailable', 503],
    [{ status: 504 }, 'temporarily_unavailable', 503],
    [{ status: 400 }, 'graph_error', 400],
    [{ status: 409 }, 'graph_error', 409],
    [{ status: 500 }, 'bad_gateway', 502],
    [{ status: 302, headers: { location: 'https://x' } }, 'bad_gateway', 502],
    [{ status: 204 }, 'bad_gateway', 502],
    [{ body: '<html>' }, 'bad_gateway', 502],
    [{ body: '{"id":' }, 'bad_gateway', 502],
    [{ body: '{}' }, 'bad_gateway', 502],
    [{ body: '{"id":7}' }, 'bad_gateway', 502],
    [{ body: 'null' }, 'bad_gateway', 502],
  ])('%j is %s %d', async (answer, code, status) => {
    const error = await appErrorOf(graphThatAnswers(answer).me);
    expect([error.code, error.status]).toEqual([code, status]);
  });

  it.each([
    ['timeout', 'temporarily_unavailable'],
    ['network', 'temporarily_unavailable'],
    ['too-large', 'bad_gateway'],
  ] as const)('without an answer (%s) is %s', async (kind, code) => {
    const failure = new OutboundError(kind, 'https://graph.example/v1.0/me');
    expect((await appErrorOf(graphThatAnswers(failure).me)).code).toBe(code);
  });

  it('passes its wait, its code and its request id on, and no text', async () => {
    const body = '{"error":{"code":"nameAlreadyExists","message":"a secret"}}';
    const headers = { 'request-id': 'a1-b2', 'retry-after': '17' };
    const { me } = graphThatAnswers({ status: 409, body, headers });
    const conflict = await appErrorOf(me);
    expect(conflict.public).toEqual({
      graphRequestId: 'a1-b2',
      graph: { status: 409, code: 'nameAlreadyExists' },
    });
    const throttled = await appErrorOf(graphThatAnswers({ status: 429, headers }).me);
    expect(throttled.public.retryAfterSeconds).toBe(17);
  });

  it('passes on nothing that is not a plain word', async () => {
    const answer = {
      status: 400,
      body: '{"error":{"code":"<script>"}}',
      headers: { 'request-id': '<script>' },
    };
    const error = await appErrorOf(graphThatAnswers(answer).me);
    expect(JSON.stringify(error.public)).not.toContain('script');
  });
});
