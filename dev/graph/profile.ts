import { createHash } from 'node:crypto';
import type { StandInUser } from '../identity-provider/users.ts';
import {
  accessDenied,
  GraphFailure,
  imageNotFound,
  insufficientPrivileges,
} from './graph-error.ts';
import { contextOf, entityReply } from './odata.ts';
import { plainPng } from './plain-png.ts';
import type { Reply, Route, RouteInput } from './route.ts';
import { userResource } from './user-resource.ts';

const userScopes = ['User.Read', 'User.ReadWrite', 'User.ReadBasic.All', 'User.Read.All'];
const photo = { scopes: userScopes, denied: accessDenied };

export const profileRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/me',
    scopes: userScopes,
    denied: insufficientPrivileges,
    answer: me,
  },
  { method: 'GET', path: '/me/photo', ...photo, answer: photoMetadata },
  { method: 'GET', path: '/me/photo/$value', ...photo, answer: photoValue },
];

function me(input: RouteInput): Reply {
  return entityReply(input, userResource(input.user), {
    type: 'microsoft.graph.user',
    always: [],
    context: `${input.url.origin}/v1.0/$metadata#users`,
  });
}

const photoSize = 64;
const photoType = 'image/png';

/** @see https://learn.microsoft.com/graph/api/profilephoto-get */
function photoMetadata(input: RouteInput): Reply {
  const { etag } = photoOf(input.user);
  return {
    body: {
      '@odata.context': contextOf(input, 'photo/$entity'),
      '@odata.mediaContentType': photoType,
      '@odata.mediaEtag': etag,
      id: `${photoSize}x${photoSize}`,
      height: photoSize,
      width: photoSize,
    },
  };
}

function photoValue({ user, headers }: RouteInput): Reply {
  const { bytes, etag } = photoOf(user);
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return {
    content: [bytes],
    headers: { 'content-type': photoType, 'content-length': String(bytes.length), etag },
  };
}

/** A square of the user's own colour. @throws {GraphFailure} 404 for who has no mailbox to keep it */
function photoOf(user: StandInUser): { bytes: Uint8Array; etag: string } {
  if (user.mail === null) throw new GraphFailure(imageNotFound);
  const digest = createHash('sha256').update(user.oid).digest();
  const bytes = plainPng(photoSize, digest.subarray(0, 3));
  return { bytes, etag: `"${digest.toString('hex', 0, 8).toUpperCase()}"` };
}
