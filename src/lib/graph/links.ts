import { editTextMembers } from './json-members.ts';
import { graphLinkQuery } from './query.ts';
import { findLinkedPath, type GraphRoute } from './routes.ts';

export interface LinkRewriting {
  /** Where Graph's links lead: its origin and version. */
  graphUrl: string;
  /** Where they shall lead. */
  ownUrl: string;
  routes: readonly GraphRoute[];
  /** Whose `/users/{id}` is the same as `/me`. */
  oid: string;
}

const linkToMore = /@odata\.(nextLink|deltaLink)$/;
const linkToFile = /@(microsoft\.graph|content)\.downloadUrl$/;
const anyLink = new RegExp(`${linkToMore.source}|${linkToFile.source}`);

/**
 * Lets links to more results lead through us. All else in the JSON stays as it is, but for what
 * callers have no use for or may not have: links to more of something expanded that is not on the
 * list, and links that open a file for whoever has them.
 *
 * @param json an object.
 * @returns undefined if the link to the next page leads to what is not on the list.
 * @see https://learn.microsoft.com/graph/paging
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content
 */
export function rewriteLinks(json: string, rewriting: LinkRewriting): string | undefined {
  let isLost = false;
  let page: Record<string, unknown> | undefined;
  const isOfThePage = (name: string, link: string) => {
    page ??= JSON.parse(json) as Record<string, unknown>;
    return page[name] === link;
  };
  const rewritten = editTextMembers(json, anyLink, (link, name) => {
    if (linkToFile.test(name)) return undefined;
    const own = ownLink(link, rewriting);
    isLost ||= own === undefined && isOfThePage(name, link);
    return own;
  });
  return isLost ? undefined : rewritten;
}

function ownLink(link: string, rewriting: LinkRewriting): string | undefined {
  const { graphUrl, ownUrl, routes, oid } = rewriting;
  if (!link.startsWith(`${graphUrl}/`) || !URL.canParse(link)) return undefined;
  const { href, searchParams } = new URL(link);
  // The parser may have made another path of it.
  if (!href.startsWith(`${graphUrl}/`)) return undefined;
  const path = findLinkedPath(routes, href.slice(graphUrl.length).split(/[?#]/, 1)[0] ?? '', oid);
  return path && `${ownUrl}${path}${graphLinkQuery(searchParams)}`;
}
