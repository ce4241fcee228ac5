import { accessDenied, driveItemNotFound, GraphFailure, invalidRequest } from './graph-error.ts';
import { collectionReply, contextOf, entityReply } from './odata.ts';
import type { Reply, Route, RouteInput } from './route.ts';

const read = {
  scopes: ['Files.Read', 'Files.Read.All', 'Files.ReadWrite', 'Files.ReadWrite.All'],
  denied: accessDenied,
};

/** @see https://learn.microsoft.com/graph/api/resources/onedrive */
export const fileRoutes: readonly Route[] = [
  { method: 'GET', path: '/me/drive', ...read, answer: drive },
  { method: 'GET', path: '/me/drive/root/children', ...read, answer: rootChildren },
  { method: 'GET', path: '/me/drive/items/{id}', ...read, answer: item },
  { method: 'GET', path: '/me/drive/items/{id}/children', ...read, answer: children },
  { method: 'GET', path: '/me/drive/items/{id}/content', ...read, answer: content },
];

const shape = { type: 'microsoft.graph.driveItem', always: [], pageSize: 200 };

function drive(input: RouteInput): Reply {
  const { user, data } = input;
  const resource = {
    id: data.drive.id,
    driveType: 'business',
    name: 'OneDrive',
    owner: { user: { id: user.oid, displayName: user.name, email: user.mail ?? user.username } },
    quota: { total: 1_099_511_627_776, used: 21_271_552, state: 'normal' },
  };
  const context = `${input.url.origin}/v1.0/$metadata#drives`;
  return entityReply(input, resource, { type: 'microsoft.graph.drive', always: [], context });
}

function rootChildren(input: RouteInput): Reply {
  return childrenOf(input, 'root');
}

function children(input: RouteInput): Reply {
  return childrenOf(input, input.id);
}

function childrenOf(input: RouteInput, id: string): Reply {
  const items = input.data.drive.children(id);
  if (!items) throw new GraphFailure(driveItemNotFound);
  const context = contextOf(input, `drive/items('${id}')/children`);
  return collectionReply(input, items, { ...shape, context });
}

function item(input: RouteInput): Reply {
  const found = input.data.drive.item(input.id);
  if (!found) throw new GraphFailure(driveItemNotFound);
  return entityReply(input, found, { ...shape, context: contextOf(input, 'drive/items') });
}

/**
 * Sends to a URL that is authorized by itself, for a short time.
 *
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content
 */
function content({ data, downloads, id, url }: RouteInput): Reply {
  const file = data.drive.file(id);
  if (!file && data.drive.item(id)) {
    throw new GraphFailure(invalidRequest('You cannot get content for a folder.'));
  }
  if (!file) throw new GraphFailure(driveItemNotFound);
  return { status: 302, headers: { location: url.origin + downloads.pathFor(file) } };
}
