import { describe, expect, it } from 'vitest';
import { catalogue } from '../../../src/lib/graph/catalogue.ts';
import {
  builtInRoutes,
  findGraphRoute,
  isFileTemplate,
  parseGraphRoute,
} from '../../../src/lib/graph/routes.ts';
import { appErrorOf } from '../../support/thrown.ts';

const routes = builtInRoutes();

describe('an entry of the list', () => {
  it.each([
    ['GET /me/messages Mail.Read', ['GET', '/me/messages', 'Mail.Read']],
    ['  GET   /me/messages\tMail.Read  ', ['GET', '/me/messages', 'Mail.Read']],
    ['POST /me/events A.B, C.D', ['POST', '/me/events', 'A.B', 'C.D']],
    ['PUT /me/drive/items/{id}/content F.W', ['PUT', '/me/drive/items/{id}/content', 'F.W']],
    ['PATCH /me/events/{id} C.W', ['PATCH', '/me/events/{id}', 'C.W']],
    ['DELETE /me/events/{event_id} C.W', ['DELETE', '/me/events/{event_id}', 'C.W']],
    ['GET /me/photos/$value User.Read', ['GET', '/me/photos/$value', 'User.Read']],
    ['GET /sites/root Sites.Read.All', ['GET', '/sites/root', 'Sites.Read.All']],
  ])('%j', (entry, [method, template, ...scopes]) => {
    expect(parseGraphRoute(entry)).toEqual({ method, template, scopes });
  });

  it('without scopes has those of the built-in list', () => {
    expect(parseGraphRoute('POST /me/events').scopes).toEqual(['Calendars.ReadWrite']);
    expect(parseGraphRoute('GET /me/events').scopes).toEqual(['Calendars.Read']);
  });

  it('may want other scopes than the built-in list', () => {
    expect(parseGraphRoute('GET /me/events Calendars.ReadBasic').scopes).toEqual([
      'Calendars.ReadBasic',
    ]);
  });

  it.each<[unknown, RegExp]>([
    ['', /begin with GET, POST/],
    ['/me/messages Mail.Read', /begin with/],
    ['get /me', /begin with/],
    ['HEAD /me User.Read', /begin with/],
    ['OPTIONS /me User.Read', /begin with/],
    ['* /me User.Read', /begin with/],
    [undefined, /begin with/],
    [{ method: 'GET' }, /begin with/],
    [['GET /me'], /begin with/],
    ['GET', /path/],
    ['GET me User.Read', /path/],
    ['GET / User.Read', /path/],
    ['GET //me User.Read', /path/],
    ['GET /me/ User.Read', /path/],
    ['GET /me//messages Mail.Read', /path/],
    ['GET /me/* Mail.Read', /path/],
    ['GET /me/../users User.Read.All', /path/],
    ['GET /me/%2e%2e User.Read.All', /path/],
    ['GET /me?$top=1 User.Read', /path/],
    ['GET /me#x User.Read', /path/],
    ['GET /me;x User.Read', /path/],
    ['GET /me\\x User.Read', /path/],
    ['GET /me/{id User.Read', /path/],
    ['GET /me/{} User.Read', /path/],
    ['GET /me/a{id} User.Read', /path/],
    ['GET https://evil.example/me User.Read', /path/],
    ['POST /$batch User.Read', /path/],
    ['POST /$BATCH User.Read', /path/],
    ['GET /me/messages Mail.Read!', /scopes such as/],
    ['GET /me/messages https://graph.microsoft.com/Mail.Read', /scopes such as/],
    ['GET /me/calendar', /name its scopes/],
    ['DELETE /me/messages', /name its scopes/],
  ])('is none: %j', (entry, problem) => {
    expect(() => parseGraphRoute(entry)).toThrow(problem);
  });
});

describe('the built-in list', () => {
  it('holds what it names, each with a scope', () => {
    expect(routes).toHaveLength(catalogue.length);
    for (const { scopes } of routes) expect(scopes).toHaveLength(1);
  });

  it('leads to the signed-in user’s own resources only', () => {
    for (const { template } of routes) expect(template).toMatch(/^\/me(\/|$)/);
  });

  it('holds every resource once', () => {
    expect(new Set(routes.map(({ method, template }) => `${method} ${template}`)).size).toBe(
      routes.length,
    );
  });
});

describe('a file', () => {
  it.each([
    ['/me/photo/$value', true],
    ['/me/drive/items/{id}/content', true],
    ['/me', false],
    ['/me/photo', false],
    ['/me/contents', false],
    ['/me/content/{id}', false],
  ])('%s: %s', (template, isFile) => {
    expect(isFileTemplate(template)).toBe(isFile);
  });
});

describe('a path', () => {
  it.each([
    ['/me', '/me', 'User.Read'],
    ['/%6d%65', '/me', 'User.Read'],
    ['/me/photo/$value', '/me/photo/$value', 'User.Read'],
    ['/me/photo/%24value', '/me/photo/$value', 'User.Read'],
    ['/me/mailFolders/x/messages/delta', '/me/mailFolders/x/messages/delta', 'Mail.Read'],
    ['/me/mailFolders/inbox/messages', '/me/mailFolders/inbox/messages', 'Mail.Read'],
    ['/me/messages/AAMk_-AbC0=', '/me/messages/AAMk_-AbC0=', 'Mail.Read'],
    ['/me/messages/AAMk_-AbC0%3D', '/me/messages/AAMk_-AbC0=', 'Mail.Read'],
    ['/me/messages/AAMk_-AbC0%3d%3d', '/me/messages/AAMk_-AbC0==', 'Mail.Read'],
    ['/me/drive/items/ABC!123/content', '/me/drive/items/ABC!123/content', 'Files.Read'],
    ['/me/drive/items/ABC%21123/content', '/me/drive/items/ABC!123/content', 'Files.Read'],
    ['/me/drive/items/-1.2/children', '/me/drive/items/-1.2/children', 'Files.Read'],
  ])('%s is asked for as %s', (path, asked, scope) => {
    const found = findGraphRoute(routes, 'GET', path);
    expect(found.path).toBe(asked);
    expect(found.route.scopes).toEqual([scope]);
    expect(new URL(found.path, 'https://graph.example').pathname).toBe(asked);
  });

  it.each([
    ['POST', '/me', ['GET']],
    ['DELETE', '/me/messages/AAMk=', ['GET']],
    ['DELETE', '/me/mailFolders/x/messages/delta', ['GET']],
    ['GET', '/me/sendMail', ['POST']],
    ['PATCH', '/me/events', ['GET', 'POST']],
    ['get', '/me', ['GET']],
    ['HEAD', '/me', ['GET']],
  ])('is not for another method: %s %s', async (method, path, allow) => {
    const error = await appErrorOf(() => findGraphRoute(routes, method, path));
    expect(error.code).toBe('method_not_allowed');
    expect(error.public.allow).toEqual(allow);
  });
});
