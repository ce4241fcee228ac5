import type { IncomingMessage } from 'node:http';
import { listenOnLoopback } from '../../dev/loopback-servers.ts';

/** A server that keeps what it is asked, with every header as it came. */
export interface RecordingServer {
  /** `http://localhost:PORT` */
  origin: string;
  requests: readonly Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>[];
  close(): Promise<void>;
}

export interface RecordedAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: object;
}

export async function startRecordingServer(
  answer: (request: IncomingMessage) => RecordedAnswer = () => ({}),
): Promise<RecordingServer> {
  const requests: RecordingServer['requests'][number][] = [];
  const server = await listenOnLoopback(0, (request, response) => {
    const { method, url, headers, rawHeaders } = request;
    requests.push({ method, url, headers, rawHeaders });
    const { status = 200, headers: more, body = {} } = answer(request);
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(JSON.stringify(body));
    request.resume();
  });
  return { origin: server.origin, requests, close: () => server.close() };
}
