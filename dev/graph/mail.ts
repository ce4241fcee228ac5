import {
  accessDenied,
  badQuery,
  changeConflict,
  GraphFailure,
  invalidRequest,
  itemNotFound,
} from './graph-error.ts';
import { deltaReply } from './mail-delta.ts';
import type { Message } from './mailbox.ts';
import { collectionReply, contextOf, entityReply } from './odata.ts';
import { isRecord, jsonBody, type Reply, type Route, type RouteInput } from './route.ts';

const read = { scopes: ['Mail.Read', 'Mail.ReadWrite'], denied: accessDenied };
const write = { scopes: ['Mail.ReadWrite'], denied: accessDenied };
const send = { scopes: ['Mail.Send'], denied: accessDenied };

/** @see https://learn.microsoft.com/graph/api/resources/mail-api-overview */
export const mailRoutes: readonly Route[] = [
  { method: 'GET', path: '/me/messages', ...read, answer: messages },
  { method: 'GET', path: '/me/messages/{id}', ...read, answer: message },
  { method: 'PATCH', path: '/me/messages/{id}', ...write, answer: updateMessage },
  { method: 'GET', path: '/me/mailFolders', ...read, answer: folders },
  { method: 'GET', path: '/me/mailFolders/{id}/messages', ...read, answer: folderMessages },
  { method: 'GET', path: '/me/mailFolders/{id}/messages/delta', ...read, answer: folderDelta },
  { method: 'POST', path: '/me/sendMail', ...send, answer: sendMail },
];

const shape = { type: 'microsoft.graph.message', always: ['id'], pageSize: 10 };

function messages(input: RouteInput): Reply {
  const found = filtered(input, input.data.mailbox.messages);
  return collectionReply(input, found, { ...shape, context: contextOf(input, 'messages') });
}

function folderMessages(input: RouteInput): Reply {
  const { mailbox } = input.data;
  const folder = mailbox.folder(input.id);
  if (!folder) throw new GraphFailure(itemNotFound);
  const within = mailbox.messages.filter(({ parentFolderId }) => parentFolderId === folder.id);
  const context = contextOf(input, `mailFolders('${input.id}')/messages`);
  return collectionReply(input, filtered(input, within), { ...shape, context });
}

/** @see https://learn.microsoft.com/graph/api/message-delta */
function folderDelta(input: RouteInput): Reply {
  const folder = input.data.mailbox.folder(input.id);
  if (!folder) throw new GraphFailure(itemNotFound);
  return deltaReply(input, folder);
}

function folders(input: RouteInput): Reply {
  return collectionReply(input, input.data.mailbox.folders(), {
    type: 'microsoft.graph.mailFolder',
    always: ['id'],
    pageSize: 10,
    context: contextOf(input, 'mailFolders'),
  });
}

function message(input: RouteInput): Reply {
  const found = input.data.mailbox.message(input.id);
  if (!found) throw new GraphFailure(itemNotFound);
  return entityReply(input, found, { ...shape, context: contextOf(input, 'messages') });
}

const changeable = ['isRead', 'importance', 'categories', 'flag', 'inferenceClassification'];

/** Changes a message; with `If-Match`, only while it is the version that the caller knows. */
function updateMessage(input: RouteInput): Reply {
  const { mailbox } = input.data;
  const current = mailbox.message(input.id);
  if (!current) throw new GraphFailure(itemNotFound);
  const expected = input.headers['if-match'];
  if (expected !== undefined && expected !== '*' && expected !== current['@odata.etag']) {
    throw new GraphFailure(changeConflict);
  }
  const changes = jsonBody(input);
  const strange = Object.keys(changes).find((name) => !changeable.includes(name));
  if (strange) throw new GraphFailure(invalidRequest(`'${strange}' cannot be changed.`));
  const updated = mailbox.update(input.id, changes) ?? current;
  return entityReply(input, updated, { ...shape, context: contextOf(input, 'messages') });
}

/** Accepts a message and forgets it: nothing is delivered or kept under Sent Items. */
function sendMail(input: RouteInput): Reply {
  if (!isRecord(jsonBody(input)['message'])) {
    throw new GraphFailure(invalidRequest('The parameter message is missing.'));
  }
  return { status: 202 };
}

/** By `$filter`, as far as it is `isRead`, and by `$search` in the subject. */
function filtered({ url }: RouteInput, all: readonly Message[]): readonly Message[] {
  const filter = url.searchParams.get('$filter');
  const search = url.searchParams.get('$search')?.replaceAll('"', '').toLowerCase() ?? '';
  const wanted = /^isRead eq (true|false)$/.exec(filter ?? '')?.[1];
  if (filter !== null && !wanted) {
    throw new GraphFailure(badQuery(`Invalid filter clause: '${filter}'.`));
  }
  return all.filter(
    ({ isRead, subject }) =>
      (!wanted || String(isRead) === wanted) && subject.toLowerCase().includes(search),
  );
}
