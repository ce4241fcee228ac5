import type { ResponseCookie } from '../http/cookies.ts';

/** An answer, before the headers that every answer has. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  cookies?: readonly ResponseCookie[];
  body?: string | Uint8Array;
}

export function json(value: unknown, status = 200): Reply {
  return jsonText(JSON.stringify(value), status);
}

export function jsonText(body: string, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

export function html(body: string, status = 200): Reply {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

export function redirect(location: string): Reply {
  return { status: 302, headers: { location } };
}
