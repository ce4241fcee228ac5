import { badQuery, GraphFailure } from './graph-error.ts';
import type { MailFolder } from './mailbox.ts';
import { contextOf, linkTo, selected } from './odata.ts';
import type { Reply, RouteInput } from './route.ts';

/** What a token of the walk says. */
interface Position {
  /** The mailbox's version that the caller has; -1: none yet. */
  readonly since: number;
  readonly skip: number;
  /** The mailbox's version when the walk began, which the delta link will continue from. */
  readonly upTo: number;
}

const pageSize = 10;

/**
 * Everything in a folder in pages, then a link to what changes later. The size of a page is asked for by
 * `Prefer: odata.maxpagesize=N`.
 *
 * @see https://learn.microsoft.com/graph/delta-query-overview
 */
export function deltaReply(input: RouteInput, folder: MailFolder): Reply {
  const { url, data } = input;
  const { since, skip, upTo } = positionOf(url, data.mailbox.version);
  const changed = data.mailbox
    .changedSince(since)
    .filter(({ parentFolderId }) => parentFolderId === folder.id);
  const own = linkOf(url, folder);
  const size = Number(/odata\.maxpagesize=(\d+)/.exec(preference(input))?.[1] ?? pageSize) || 1;
  const end = skip + size;
  const link =
    end < changed.length
      ? { '@odata.nextLink': linkWith(own, '$skiptoken', { since, skip: end, upTo }) }
      : { '@odata.deltaLink': linkWith(own, '$deltatoken', { since: upTo, skip: 0, upTo }) };
  return {
    body: {
      '@odata.context': contextOf(input, `mailFolders('${folder.id}')/messages/$delta`),
      ...link,
      value: changed
        .slice(skip, end)
        .map((item) => selected(item, url, { type: 'microsoft.graph.message', always: ['id'] })),
    },
  };
}

/** Graph writes the path of its links in its own way, not as it was asked. */
function linkOf(url: URL, { id }: MailFolder): URL {
  const own = new URL(`/v1.0/me/mailfolders('${encodeURIComponent(id)}')/messages/delta`, url);
  own.search = url.search;
  return own;
}

function preference({ headers }: RouteInput): string {
  return [headers['prefer']].flat().join(',');
}

function linkWith(url: URL, name: string, { since, skip, upTo }: Position): string {
  const token = Buffer.from([since, skip, upTo].join(' ')).toString('base64url');
  return linkTo(url, { $skiptoken: undefined, $deltatoken: undefined, [name]: token });
}

/** @throws {GraphFailure} 400 for a token of another kind */
function positionOf(url: URL, version: number): Position {
  const skipToken = url.searchParams.get('$skiptoken');
  const token = skipToken ?? url.searchParams.get('$deltatoken');
  if (token === null) return { since: -1, skip: 0, upTo: version };
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const [since, skip, upTo] = /^-?\d+ \d+ \d+$/.test(text) ? text.split(' ').map(Number) : [];
  if (since === undefined || skip === undefined || upTo === undefined) {
    throw new GraphFailure(badQuery('Badly formed token.'));
  }
  return { since, skip, upTo: skipToken === null ? version : upTo };
}
