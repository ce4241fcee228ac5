import { describe, expect, it } from 'vitest';
import { builtInRoutes, findGraphRoute, parseGraphRoute } from '../../../src/lib/graph/routes.ts';
import { appErrorOf } from '../../support/thrown.ts';

/** What is on the list, and routes for other methods too. */
const routes = [
  ...builtInRoutes(),
  ...['POST /me A.B', 'DELETE /me/messages/{id} A.B', 'PUT /me/drive/items/{id}/content A.B'].map(
    parseGraphRoute,
  ),
];

const otherUser = '22222222-2222-4333-8444-555555555555';

/** Ways out of the list that have been tried on others. */
const hostile = [
  // Up, by every encoding.
  ['..', '/..'],
  ['dots and slashes', '/..%2f..%2fusers'],
  ['dots and slashes in capitals', '/..%2F..%2Fusers'],
  ['encoded dots', '/%2e%2e/users'],
  ['half-encoded dots', '/.%2e/users'],
  ['dots encoded twice', '/%252e%252e%252fusers'],
  ['a backslash', '/..%5cusers'],
  ['a bare backslash', '/..\\users'],
  ['up from /me', '/me/../users'],
  ['up from /me, encoded', '/me/%2e%2e/users'],
  ['up to /me', '/users/../me'],
  ['up to another version', '/v1.0/../beta/me'],
  ['the version', '/v1.0/me'],
  ['here', '/./me'],
  ['here, encoded', '/me/%2e'],
  ['up in place of an id', '/me/messages/..'],
  ['up in place of an id, encoded', '/me/messages/%2e%2e'],
  ['up in place of an id, with more', '/me/drive/items/%2e%2e/content'],
  ['up inside an id', '/me/messages/x%2f..%2f..%2f..%2fusers'],
  ['overlong UTF-8', '/me/messages/%c0%ae%c0%ae'],
  ['full-width dots', '/me/messages/%ef%bc%8e%ef%bc%8e'],
  // What cuts a path.
  ['a path parameter', '/me;/../users'],
  ['a path parameter alone', '/me;x'],
  ['an encoded path parameter', '/me%3bx'],
  ['a fragment', '/me%23/../users'],
  ['a fragment at the end', '/me%23'],
  ['a query', '/me%3f'],
  ['a query with options', '/me%3f$select=id'],
  ['a query in place of an id', '/me/messages/x%3f$expand=attachments'],
  ['NUL', '/me%00'],
  ['NUL in an id', '/me/messages/x%00'],
  ['a line break', '/me%0d%0aX-Evil:%201'],
  ['a line break after an id', '/me/messages/x%0a'],
  ['a space', '/me%20'],
  ['a tab in an id', '/me/messages/x%09'],
  ['a broken encoding', '/me%'],
  ['a broken encoding in an id', '/me/messages/%zz'],
  ['a broken UTF-8 sequence', '/me/messages/%ff'],
  // Elsewhere.
  ['another host', '//evil.example/me'],
  ['another host by a backslash', '/\\evil.example/me'],
  ['an absolute address', '/https://evil.example/me'],
  ['an absolute address and no slash', 'https://evil.example/me'],
  ['an authority', '@evil.example/me'],
  ['an authority after a slash', '/@evil.example/me'],
  ['a port', ':8443/me'],
  ['something before the first slash', 'x/me'],
  ['no slash', 'me'],
  // Another spelling.
  ['nothing', ''],
  ['the root', '/'],
  ['two slashes', '//me'],
  ['two slashes inside', '/me//messages'],
  ['a trailing slash', '/me/'],
  ['a trailing slash after an id', '/me/messages/x/'],
  ['an encoded slash', '/me%2fmessages'],
  ['an encoded slash at the end', '/me%2f'],
  ['capitals', '/ME'],
  ['one capital', '/me/Messages'],
  ['a look-alike', '/m%d0%b5'],
  ['an encoding of the encoding', '/%256d%2565'],
  // Of Graph, and not on the list.
  ['a batch', '/$batch'],
  ['an encoded batch', '/%24batch'],
  ['a batch below /me', '/me/$batch'],
  ['a value', '/me/$value'],
  ['a value of an id', '/me/messages/$value'],
  ['a reference', '/me/manager/$ref'],
  ['a count', '/me/messages/$count'],
  ['the metadata', '/$metadata'],
  ['everybody', '/users'],
  ['somebody else', `/users/${otherUser}`],
  ['somebody else’s mail', `/users/${otherUser}/messages`],
  ['somebody else by key', `/users('${otherUser}')/messages`],
  ['somebody else in place of /me', `/users%2f${otherUser}`],
  ['a function', "/me/calendarView(startDateTime='x')"],
  ['a function in place of an id', "/me/messages/microsoft.graph.x(y='z')"],
  ['a quote in an id', "/me/messages/x'y"],
  ['a list in an id', '/me/messages/x,y'],
  ['an address by path', '/me/drive/items/root:/secret.txt:/content'],
  ['below what is on the list', '/me/messages/x/attachments'],
  ['an id too long', `/me/messages/${'A'.repeat(8 * 1024)}`],
  ['a path too deep', '/me'.repeat(2048)],
] as const;

describe('a hostile path', () => {
  it.each(hostile)('is not found: %s', async (_name, path) => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const error = await appErrorOf(() => findGraphRoute(routes, method, path));
      expect(error.code).toBe('not_found');
    }
  });

  it('is not quoted', async () => {
    const error = await appErrorOf(() => findGraphRoute(routes, 'GET', '/canary'));
    expect(JSON.stringify(error.public)).not.toContain('canary');
  });
});
