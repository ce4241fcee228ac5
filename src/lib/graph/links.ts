import { findGraphRoute, type GraphRoute } from './routes.ts';

export interface LinkRewriting {
  /** Where Graph's links lead: its origin and version. */
  graphUrl: string;
  /** Where they shall lead. */
  ownUrl: string;
  routes: readonly GraphRoute[];
  /** Whose `/users/{id}` is the same as `/me`. */
  oid: string;
}

const linkMember = /("(?:[^"\\]*@odata\.)(?:nextLink|deltaLink)"\s*:\s*)("(?:[^"\\]|\\.)*")/g;

/**
 * Lets links to more results lead through us. All else in the JSON stays as it is, also at the cost
 * of looking for links in its text.
 *
 * @returns undefined if a link leads to what callers may not ask for.
 * @see https://learn.microsoft.com/graph/paging
 */
export function rewriteLinks(json: string, rewriting: LinkRewriting): string | undefined {
  let isLost = false;
  const rewritten = json.replace(linkMember, (_, member: string, text: string) => {
    const link = ownLink(JSON.parse(text) as string, rewriting);
    if (link === undefined) isLost = true;
    return `${member}${JSON.stringify(link)}`;
  });
  return isLost ? undefined : rewritten;
}

function ownLink(link: string, rewriting: LinkRewriting): string | undefined {
  const { graphUrl, ownUrl, routes, oid } = rewriting;
  if (!link.startsWith(`${graphUrl}/`) || !URL.canParse(link)) return undefined;
  const { href, search } = new URL(link);
  // The parser may have made another path of it.
  if (!href.startsWith(`${graphUrl}/`)) return undefined;
  const path = asMe(href.slice(graphUrl.length).split(/[?#]/, 1)[0] ?? '', oid);
  try {
    return `${ownUrl}${findGraphRoute(routes, 'GET', path).path}${search}`;
  } catch {
    return undefined;
  }
}

function asMe(path: string, oid: string): string {
  const ownPrefix = [`/users/${oid}`, `/users('${oid}')`].find((prefix) =>
    path.startsWith(`${prefix}/`),
  );
  return ownPrefix === undefined ? path : `/me${path.slice(ownPrefix.length)}`;
}
