/** One segment of a route template. */
type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly optional: boolean }
  | { readonly kind: 'catchAll'; readonly name: string };

export interface Route {
  readonly template: string;
  readonly segments: readonly Segment[];
}

export type RouteParams = Readonly<Record<string, string>>;

/**
 * Reads a route template: literals, `{name}`, `{name?}`, `{*rest}`. Constraints are ignored.
 * @throws for what the app doesn't use: defaults, and text and parameters mixed in one segment
 */
export function parseRoute(template: string): Route {
  const parts = template.replace(/^~?\//, '').split('/');
  const segments = parts.filter((part) => part !== '').map(parseSegment);
  return { template, segments };
}

function parseSegment(text: string): Segment {
  if (!/[{}]/.test(text)) return { kind: 'literal', text };
  const parameter = /^\{(\*{0,2})(\w+)(?::[^?=]+)?(\??)\}$/.exec(text);
  const [, stars, name, optional] = parameter ?? [];
  if (!name) throw new Error(`this host can't read the route segment ${text}`);
  if (stars) return { kind: 'catchAll', name };
  return { kind: 'parameter', name, optional: optional === '?' };
}

/** The parameters of a path that the route takes, else undefined. @param path decoded */
export function matchRoute({ segments }: Route, path: string): RouteParams | undefined {
  const parts = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  if (parts.length === 1 && parts[0] === '') parts.pop();
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'catchAll') {
      const rest = path.replace(/^\//, '').split('/').slice(index).join('/');
      if (rest) params[segment.name] = rest;
      return params;
    }
    const part = parts[index];
    if (segment.kind === 'literal') {
      if (part?.toLowerCase() !== segment.text.toLowerCase()) return undefined;
    } else if (part) {
      params[segment.name] = part;
    } else if (part === '' || !segment.optional) {
      return undefined;
    }
  }
  return parts.length <= segments.length ? params : undefined;
}

const rank = { literal: 1, parameter: 2, catchAll: 3 };

/** Sorts as ASP.NET does: segment by segment a literal, then a parameter, then a catch-all. */
export function byPrecedence(a: Route, b: Route): number {
  return precedence(a).localeCompare(precedence(b));
}

/** A shorter route sorts before its own continuation, and matches fewer paths. */
function precedence({ segments }: Route): string {
  return segments.map(({ kind }) => rank[kind]).join('');
}
