import { beginSignIn, callbackOf } from './authorization-request.ts';
import { createBrowserClient } from './browser-client.ts';
import { sendExactly } from './exact-request.ts';
import type { Person } from './people.ts';
import type { World } from './world.ts';

/** What came of asking for what is closed. */
export interface Opened {
  /** What was not 401, with its status and body. */
  opened: { path: string; status: number; body: string }[];
  graphCalls: number;
}

/** All was 401, and Graph was not asked. */
export const closedToAll: Opened = { opened: [], graphCalls: 0 };

/** What nobody gets who has not signed in. */
export function closedPaths({ oid }: Person): string[] {
  return [
    ...['/me', '/session', '/sessions', '/graph/me', '/graph/me/messages'],
    `/users/${oid}/graph/me`,
  ];
}

/** Asks without a session of one's own: with headers, or at paths, that might do instead. */
export async function asNobody(
  { graph, origin }: World,
  paths: readonly string[],
  headers: Record<string, string> = {},
): Promise<Opened> {
  const before = graph.calls.length;
  const opened: Opened['opened'] = [];
  for (const path of paths) {
    const { status, body } = await sendExactly(origin, { path, headers });
    if (status !== 401) opened.push({ path, status, body });
  }
  return { opened, graphCalls: graph.calls.length - before };
}

/** Asks in somebody's session. @returns the statuses, and what Graph was asked for. */
export async function asSomebody(
  { graph, origin }: World,
  { browser }: Person,
  { paths, headers = {} }: { paths: readonly string[]; headers?: Record<string, string> },
) {
  const before = graph.calls.length;
  const cookie = `session=${browser.cookies.get('session')}`;
  const statuses: number[] = [];
  for (const path of paths) {
    const answer = await sendExactly(origin, { path, headers: { cookie, ...headers } });
    statuses.push(answer.status);
  }
  return { statuses, asked: graph.calls.slice(before) };
}

/** Values of `returnTo`, also encoded once more. @returns those with which a sign-in begins. */
export async function beginningWith(
  { origin }: World,
  values: readonly string[],
): Promise<string[]> {
  const begun: string[] = [];
  for (const value of values.flatMap((value) => [value, encodeURIComponent(value)])) {
    const query = new URLSearchParams({ returnTo: value, rd: value });
    const response = await fetch(`${origin}/login?${query}`, { redirect: 'manual' });
    if (response.status !== 400 || response.headers.has('set-cookie')) begun.push(value);
  }
  return begun;
}

/** Where a sign-in ends, all of whose requests to the app carry headers of a proxy. */
export async function destinationWith(
  world: World,
  username: string,
  headers: Record<string, string>,
): Promise<string | null> {
  const browser = createBrowserClient();
  const url = await beginSignIn(world, browser, headers);
  const callback = await callbackOf(world, browser, { url, username });
  return (await browser.request(callback, { headers })).headers.get('location');
}
