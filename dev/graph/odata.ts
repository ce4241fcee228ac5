import { badQuery, GraphFailure, unknownProperty } from './graph-error.ts';
import type { Resource } from './resource.ts';
import type { Reply, RouteInput } from './route.ts';

/** What resources of one kind have in common. */
export interface Shape {
  /** For errors, `microsoft.graph.message`. */
  readonly type: string;
  /** What `$select` cannot take away. */
  readonly always: readonly string[];
  /** Items in a page when the request doesn't say. */
  readonly pageSize: number;
}

/** The `@odata.context` of what belongs to a user. */
export function contextOf({ url, user }: RouteInput, name: string): string {
  return `${url.origin}/v1.0/$metadata#users('${user.oid}')/${name}`;
}

/** A page of `items` by `$top` and `$skip`, with `$select` and `$count`. @see https://learn.microsoft.com/graph/paging */
export function collectionReply(
  { url }: RouteInput,
  items: readonly Resource[],
  shape: Shape & { readonly context: string },
): Reply {
  const top = wholeNumber(url, '$top', { fallback: shape.pageSize, min: 1 });
  const skip = wholeNumber(url, '$skip', { fallback: 0, min: 0 });
  const next = linkTo(url, { $top: String(top), $skip: String(skip + top) });
  return {
    body: {
      '@odata.context': shape.context + selectSuffix(url),
      ...(url.searchParams.get('$count') === 'true' && { '@odata.count': items.length }),
      value: items.slice(skip, skip + top).map((item) => selected(item, url, shape)),
      ...(skip + top < items.length && { '@odata.nextLink': next }),
    },
  };
}

/** One resource, with `$select`. */
export function entityReply(
  { url }: RouteInput,
  resource: Resource,
  shape: Omit<Shape, 'pageSize'> & { readonly context: string },
): Reply {
  const etag = resource['@odata.etag'];
  return {
    body: {
      '@odata.context': `${shape.context}${selectSuffix(url)}/$entity`,
      ...selected(resource, url, shape),
    },
    headers: typeof etag === 'string' ? { etag } : {},
  };
}

/** @throws {GraphFailure} 400 for a property that the resource doesn't have */
export function selected(
  resource: Resource,
  url: URL,
  { type, always }: Pick<Shape, 'type' | 'always'>,
): Resource {
  const names = selectedNames(url);
  if (!names) return resource;
  const unknown = names.find((name) => !Object.hasOwn(resource, name));
  if (unknown !== undefined) throw new GraphFailure(unknownProperty(unknown, type));
  const annotations = Object.keys(resource).filter((name) => name.startsWith('@'));
  const kept = new Set([...annotations, ...always, ...names]);
  return Object.fromEntries([...kept].map((name) => [name, resource[name]]));
}

/** The request's own URL with other parameters: `$` is written `%24`, as Graph does. */
export function linkTo(url: URL, changes: Readonly<Record<string, string | undefined>>): string {
  const link = new URL(url.pathname, url.origin);
  const query = new URLSearchParams(url.searchParams);
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    if (value !== undefined) query.append(name, value);
  }
  link.search = query.toString();
  return link.href;
}

/** @throws {GraphFailure} 400 for anything else than a number of at least `min` */
export function wholeNumber(
  url: URL,
  name: string,
  { fallback, min }: { readonly fallback: number; readonly min: number },
): number {
  const text = url.searchParams.get(name);
  if (text === null) return fallback;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= min) return number;
  throw new GraphFailure(badQuery(`The query parameter '${name}' is invalid: '${text}'.`));
}

function selectedNames(url: URL): string[] | undefined {
  const select = url.searchParams.get('$select');
  return select ? select.split(',').map((name) => name.trim()) : undefined;
}

function selectSuffix(url: URL): string {
  const names = selectedNames(url);
  return names ? `(${names.join(',')})` : '';
}
