import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { HttpResponseInit } from '@azure/functions';
import type { HostedFunction } from '../../dev/functions-host/registrations.ts';
import { invocation } from './app.ts';

/**
 * Runs HTTP functions on node:http, without a Functions host and its conversions: so they compare
 * with servers that have none. Routes without parameters only; requests without a body.
 */
export function plainListener(functions: Iterable<HostedFunction>): RequestListener {
  const byPath = new Map<string, HostedFunction>();
  for (const hosted of functions) {
    if (hosted.trigger.type === 'httpTrigger') byPath.set(`/${hosted.trigger.route}`, hosted);
  }
  return async (incoming, response) => {
    const hosted = byPath.get(incoming.url ?? '');
    if (!hosted) return void response.writeHead(404).end();
    send(response, (await hosted.callback(toRequest(incoming), invocation)) as HttpResponseInit);
  };
}

/** As much of an `HttpRequest` as handlers read. */
function toRequest({ method, url, headers }: IncomingMessage) {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return {
    method,
    url: `http://${headers.host}${url}`,
    headers: new Map(pairs),
    params: {},
    arrayBuffer: async () => new ArrayBuffer(0),
  };
}

function send(response: ServerResponse, { status = 200, headers, body }: HttpResponseInit): void {
  const text = (body ?? '') as string;
  const given = headers as Record<string, string>;
  response.writeHead(status, { ...given, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
