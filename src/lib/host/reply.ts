import type { ResponseCookie } from '../http/cookies.ts';

/** An answer, before the headers that every answer has. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  cookies?: readonly ResponseCookie[];
  body?: string | Uint8Array;
}

export function json(value: unknown, status = 200): Reply {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers, body: JSON.stringify(value) };
}

export function html(body: string, status = 200): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

export function redirect(location: string): Reply {
  return { status: 302, headers: { location } };
}
