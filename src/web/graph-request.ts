/** What the explorer asks of Graph, made of a route of the list and of what the user typed. */

/** A route of the list, as the page gets it from the server. */
export interface GraphRoute {
  method: string;
  /** Such as `/me/messages/{id}`. */
  template: string;
  scopes: readonly string[];
}

/** Names that stand for one segment each: `id`. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** Our path for it. @param values by placeholder, in their order. @param query as after a `?`. */
export function graphPath(template: string, values: readonly string[], query: string): string {
  const rest = [...values];
  const path = template.replaceAll(/\{\w+\}/g, () => encodeURIComponent(rest.shift() ?? ''));
  const options = new URLSearchParams(query).toString();
  return `/graph${path}${options && `?${options}`}`;
}

/** The path of a link to the next page; undefined for what leads elsewhere. */
export function pathOfLink(link: unknown, origin: string): string | undefined {
  const url = typeof link === 'string' ? URL.parse(link, origin) : null;
  if (url?.origin !== origin || !url.pathname.startsWith('/graph/')) return undefined;
  return `${url.pathname}${url.search}`;
}

const mail = '$select=subject,from,receivedDateTime&$top=5';

/** Queries that give something short to look at. */
const suggestions: Readonly<Record<string, string>> = {
  '/me/messages': mail,
  '/me/mailFolders/{id}/messages': mail,
  '/me/events': '$select=subject,start,end&$top=5',
  '/me/contacts': '$select=displayName,emailAddresses&$top=5',
};

const week = 7 * 24 * 60 * 60 * 1000;

export function suggestedQuery({ method, template }: GraphRoute, now: number): string {
  if (method !== 'GET') return '';
  if (template !== '/me/calendarView') return suggestions[template] ?? '';
  const [from, to] = [now, now + week].map((time) => new Date(time).toISOString().slice(0, 19));
  return `startDateTime=${from}Z&endDateTime=${to}Z`;
}

/** Whether it may have a body. */
export function takesBody({ method }: GraphRoute): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
