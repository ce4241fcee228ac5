import { calendarRoutes } from './calendar.ts';
import { fileRoutes } from './files.ts';
import { type GraphError, methodNotAllowed, unknownSegment } from './graph-error.ts';
import { mailRoutes } from './mail.ts';
import { peopleRoutes } from './people.ts';
import { profileRoutes } from './profile.ts';
import type { Route } from './route.ts';

/** Every resource of the stand-in; a new one is a new row in the file of its kind. */
export const routes: readonly Route[] = [
  ...profileRoutes,
  ...mailRoutes,
  ...calendarRoutes,
  ...peopleRoutes,
  ...fileRoutes,
];

export type RouteMatch =
  | { readonly route: Route; readonly id: string }
  | { readonly error: GraphError };

interface Candidate {
  readonly route: Route;
  readonly id: string;
}

/**
 * The route of a request. A path that is written out wins over one with `{id}`. As at Graph, names
 * are the same in any case, and an id may be a key in parentheses.
 */
export function findRoute(method: string, pathname: string): RouteMatch {
  const segments = pathname.split('/').map(decodeSegment).flatMap(withoutKey);
  const candidates = routes
    .map((route) => ({ route, id: matchPath(`/v1.0${route.path}`.split('/'), segments) }))
    .filter((candidate): candidate is Candidate => candidate.id !== undefined)
    .sort((one, other) => one.id.length - other.id.length);
  const exact = candidates[0]?.id === '' ? candidates.filter(({ id }) => id === '') : candidates;
  const found = exact.find(({ route }) => route.method === method);
  return found ?? { error: exact[0] ? methodNotAllowed : unknownSegment(pathname) };
}

/** The segment that stands for `{id}`, empty if there is none; undefined for another path. */
function matchPath(template: readonly string[], segments: readonly string[]): string | undefined {
  if (template.length !== segments.length) return undefined;
  const fits = template.every(
    (part, index) =>
      part.toLowerCase() === segments[index]?.toLowerCase() || isId(part, segments[index]),
  );
  return fits ? (segments[template.indexOf('{id}')] ?? '') : undefined;
}

function isId(part: string, segment: string | undefined): boolean {
  return part === '{id}' && !!segment;
}

/** `mailFolders('id')` is `mailFolders/id`. */
function withoutKey(segment: string): string[] {
  const [, name, key] = /^(\w+)\('(.*)'\)$/.exec(segment) ?? [];
  return name !== undefined && key !== undefined ? [name, key] : [segment];
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
