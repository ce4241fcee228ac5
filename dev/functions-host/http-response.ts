import type { ServerResponse } from 'node:http';
import type { RpcHttpCookie, RpcHttpData, RpcTypedData } from './rpc.ts';

/** Sends a function's result. A function that returns nothing answers 204. */
export function sendRpcResponse(
  response: ServerResponse,
  result: RpcTypedData | null | undefined,
): void {
  const http: RpcHttpData = result?.http ?? { statusCode: '204' };
  response.statusCode = Number(http.statusCode ?? 200);
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!isHopByHop(name)) response.setHeader(name, value);
  }
  const cookies = (http.cookies ?? []).map(setCookie);
  if (cookies.length > 0) {
    const fromHeader = http.headers?.['set-cookie'];
    response.setHeader('set-cookie', fromHeader ? [fromHeader, ...cookies] : cookies);
  }
  const body = bodyBytes(http.body);
  if (hasBody(response.statusCode)) response.setHeader('content-length', body.length);
  response.end(hasBody(response.statusCode) ? body : undefined);
}

/** An answer of the host itself, without a body. */
export function sendStatus(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 });
  response.end();
}

function bodyBytes(body: RpcTypedData | null | undefined): Buffer {
  if (body?.bytes) return Buffer.from(body.bytes);
  return Buffer.from(body?.string ?? body?.json ?? '');
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}

function isHopByHop(name: string): boolean {
  return /^(?:connection|content-length|keep-alive|transfer-encoding|upgrade)$/i.test(name);
}

/** As ASP.NET writes a cookie: the value escaped, the path `/` unless another is given. */
function setCookie(cookie: RpcHttpCookie): string {
  const { maxAge, expires, domain, sameSite } = cookie;
  const seconds = expires?.value?.seconds;
  const parts = [
    `${cookie.name}=${escapeData(cookie.value)}`,
    seconds !== undefined && `expires=${new Date(seconds * 1000).toUTCString()}`,
    maxAge?.value !== undefined && `max-age=${Math.floor(maxAge.value)}`,
    domain?.value && `domain=${domain.value}`,
    `path=${cookie.path?.value ?? '/'}`,
    cookie.secure?.value && 'secure',
    sameSite && sameSite !== 'none' && `samesite=${sameSite.replace('explicitNone', 'none')}`,
    cookie.httpOnly?.value && 'httponly',
  ];
  return parts.filter(Boolean).join('; ');
}

/** .NET's `Uri.EscapeDataString`. */
function escapeData(value: string): string {
  return encodeURIComponent(value).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
