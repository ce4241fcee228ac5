import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { openidMetadata } from '../../../dev/identity-provider/endpoints.ts';
import { serveStub } from '../serve.ts';
import { readCode, tenantId } from './directory.ts';
import { type Grant, keys, tokenAnswer, userOfRefreshToken } from './tokens.ts';

const isTokenCall = (path: string) => /\/oauth2\/v2\.0\/token(?:\?|$)/.test(path);

/** Entra's token endpoint, and what else a client that checks ID tokens asks for. */
const listener: RequestListener = async (request, response) => {
  const path = request.url ?? '';
  const origin = `http://${request.headers.host}`;
  if (isTokenCall(path)) return send(response, await answerTokenCall(request, origin));
  if (path.endsWith('/discovery/v2.0/keys')) return send(response, JSON.stringify(keys));
  send(response, JSON.stringify(openidMetadata(origin, tenantId)));
};

async function answerTokenCall(request: IncomingMessage, origin: string): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return tokenAnswer({
    ...grantOf(new URLSearchParams(text)),
    issuer: `${origin}/${tenantId}/v2.0`,
  });
}

function grantOf(form: URLSearchParams): Omit<Grant, 'issuer'> {
  const refreshToken = form.get('refresh_token');
  if (refreshToken) return { user: userOfRefreshToken(refreshToken), isSigned: false };
  return { ...readCode(form.get('code') ?? ''), isSigned: true };
}

function send(response: ServerResponse, json: string): void {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(json) }).end(json);
}

await serveStub(listener, isTokenCall);
