import type { GraphRequest } from '../../src/lib/auth/graph/ports.ts';
import { createGraphClient } from '../../src/lib/graph/graph-client.ts';
import { builtInRoutes } from '../../src/lib/graph/routes.ts';
import type { OutboundFile, OutboundRequest } from '../../src/lib/http/outbound-request.ts';
import { createManualClock } from './clock.ts';
import { graphRequest } from './graph-calls.ts';

/** What a server says; by default 200 with an empty JSON object. */
export interface ServerAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

const json = { 'content-type': 'application/json;odata.metadata=minimal' };

/** The client, and Graph and the servers of its files, which give these answers one by one. */
export function graphThatAnswers(...answers: (ServerAnswer | Error)[]) {
  const sent: OutboundRequest[] = [];
  const clock = createManualClock();
  /** Milliseconds that each answer takes. */
  const pace = { answerMs: 0 };
  const graph = createGraphClient({
    baseUrl: 'https://graph.example',
    routes: builtInRoutes(),
    send: async (request) => {
      const answer = answers[sent.push(request) - 1];
      clock.advance(pace.answerMs);
      if (!answer) throw new RangeError('nobody expects this request');
      if (answer instanceof Error) throw answer;
      return toOutbound(answer);
    },
    now: clock.now,
  });
  return {
    ...{ graph, sent, clock, pace },
    call: (request: Partial<GraphRequest> = {}) => graph.call('access-1', graphRequest(request)),
  };
}

function toOutbound({ status = 200, headers = json, body = '{}' }: ServerAnswer): OutboundFile {
  const bytes = Buffer.from(body);
  return { status, headers, bytes, body: bytes.toString('utf8') };
}
