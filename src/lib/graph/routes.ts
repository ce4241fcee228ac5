import { canonicalId } from '../basics/canonical-id.ts';
import { AppError } from '../errors.ts';
import { catalogue } from './catalogue.ts';

export const graphMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** One resource of Graph v1.0 that callers may use, and how. */
export interface GraphRoute {
  method: (typeof graphMethods)[number];
  /** A path such as `/me/messages/{id}`; a name in braces stands for one segment. */
  template: string;
  /** Delegated permissions that Graph wants for it, all of them. */
  scopes: readonly string[];
}

/** Names a file: what Graph answers is bytes and not JSON. */
export function isFileTemplate(template: string): boolean {
  return /\/(\$value|content)$/.test(template);
}

/**
 * One entry of the list, such as `GET /me/messages Mail.Read`.
 *
 * @throws Error that says what is wrong.
 */
export function parseGraphRoute(entry: unknown): GraphRoute {
  const text = typeof entry === 'string' ? entry.trim() : '';
  const [method = '', template = '', ...scopes] = text.split(/[\s,]+/);
  const known = graphMethods.find((name) => name === method);
  if (!known) throw new Error(`must begin with ${graphMethods.join(', ')}`);
  if (!isTemplate(template)) {
    throw new Error('must have a path such as /me/messages/{id} after the method');
  }
  if (!scopes.every((scope) => /^[A-Za-z][\w.-]*$/.test(scope))) {
    throw new Error('must have scopes such as Mail.Read after the path');
  }
  if (scopes.length > 0) return { method: known, template, scopes };
  const builtIn = builtInRoutes().find(
    (route) => route.method === known && route.template === template,
  );
  if (!builtIn) throw new Error('must name its scopes: the built-in list does not have it');
  return builtIn;
}

export function builtInRoutes(): GraphRoute[] {
  return catalogue.map(parseGraphRoute);
}

/** `$batch` would carry requests past the list. */
function isTemplate(template: string): boolean {
  const segments = template.split('/').slice(1);
  return (
    template.startsWith('/') &&
    segments.length > 0 &&
    segments.every((segment) => /^(\{\w+\}|\$?[A-Za-z][\w.-]*)$/.test(segment)) &&
    !segments.some((segment) => segment.toLowerCase() === '$batch')
  );
}

/**
 * The route that a path has, and the path as Graph is asked for it: decoded, which leaves nothing to encode.
 *
 * @param path as it came, percent-encoded.
 * @throws AppError `not_found` for what is not on the list, `method_not_allowed` for another method.
 */
export function findGraphRoute(
  routes: readonly GraphRoute[],
  method: string,
  path: string,
): { route: GraphRoute; path: string } {
  const [before, ...segments] = path.split('/').map(decodeSegment);
  const there = before === '' ? routes.filter(({ template }) => matches(template, segments)) : [];
  const route = there.find((candidate) => candidate.method === method);
  if (route) return { route, path: `/${segments.join('/')}` };
  if (there.length === 0) {
    throw new AppError('not_found', { detail: 'This app does not offer that resource of Graph.' });
  }
  const allow = [...new Set(there.map((candidate) => candidate.method))];
  throw new AppError('method_not_allowed', { allow });
}

/**
 * The path, as the list spells it, that a link of Graph's leads to. Graph writes names in other
 * cases too, ids as keys in parentheses, and a user's things as theirs.
 *
 * @param path percent-encoded.
 * @param oid whose `/users/{id}` is the same as `/me`.
 * @returns undefined for what is not on the list.
 */
export function findLinkedPath(
  routes: readonly GraphRoute[],
  path: string,
  oid: string,
): string | undefined {
  const [before, ...given] = path.split('/').map(decodeSegment).flatMap(withoutKey);
  const isOwn =
    given[0]?.toLowerCase() === 'users' && canonicalId(given[1] ?? '') === canonicalId(oid);
  const segments = isOwn ? ['me', ...given.slice(2)] : given;
  const isThere = (template: string) => matches(template, segments, { anyCase: true });
  const route = routes.find(({ method, template }) => method === 'GET' && isThere(template));
  if (before !== '' || !route) return undefined;
  const spelled = segmentsOf(route.template).map((name, at) =>
    isName(name) ? name : segments[at],
  );
  return `/${spelled.join('/')}`;
}

/** `mailFolders('id')` is `mailFolders/id`. */
function withoutKey(segment: string | undefined): (string | undefined)[] {
  const [, name, key] = /^(\w+)\('([^']*)'\)$/.exec(segment ?? '') ?? [];
  return name === undefined ? [segment] : [name, key];
}

function matches(
  template: string,
  segments: readonly (string | undefined)[],
  { anyCase = false } = {},
): boolean {
  const cased = (text = '') => (anyCase ? text.toLowerCase() : text);
  const expected = segmentsOf(template);
  return (
    expected.length === segments.length &&
    expected.every((name, at) =>
      isName(name) ? cased(segments[at]) === cased(name) : isId(segments[at]),
    )
  );
}

function segmentsOf(template: string): string[] {
  return template.split('/').slice(1);
}

function isName(segmentOfTemplate: string): boolean {
  return !segmentOfTemplate.startsWith('{');
}

/**
 * Ids of Graph are letters, digits and a few signs that mean nothing in a path; we take 1,024.
 * Functions of Graph can stand in the place of one, and are on the list by their own names.
 */
function isId(segment: string | undefined): boolean {
  return (
    segment !== undefined &&
    /^[A-Za-z0-9_=!-][A-Za-z0-9_=!.-]{0,1023}$/.test(segment) &&
    !/^(delta|microsoft\.graph\..*)$/i.test(segment)
  );
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
