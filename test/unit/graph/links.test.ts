import { describe, expect, it, vi } from 'vitest';
import { rewriteLinks } from '../../../src/lib/graph/links.ts';
import { builtInRoutes } from '../../../src/lib/graph/routes.ts';

const graph = 'https://graph.example/v1.0';
const own = 'https://app.example.com/graph';
const oid = '11111111-2222-4333-8444-555555555555';
const otherOid = '22222222-2222-4333-8444-555555555555';

const rewrite = (json: string) =>
  rewriteLinks(json, { graphUrl: graph, ownUrl: own, routes: builtInRoutes(), oid });

/** Where a link leads after rewriting; undefined if the answer is refused. */
function led(link: string, member = '@odata.nextLink'): unknown {
  const json = rewrite(JSON.stringify({ [member]: link }));
  return json === undefined ? undefined : JSON.parse(json)[member];
}

describe('a link to more', () => {
  it.each(['@odata.nextLink', '@odata.deltaLink', 'children@odata.nextLink'])(
    'leads through us: %s',
    (member) => {
      expect(led(`${graph}/me/messages?$skip=10`, member)).toBe(`${own}/me/messages?$skip=10`);
    },
  );

  it.each([
    ['/me/messages?$skiptoken=a%3D%3D&$top=5', '/me/messages?$skiptoken=a%3D%3D&$top=5'],
    ['/me/messages?%24skiptoken=X', '/me/messages?$skiptoken=X'],
    ['/Me/Messages?$SkipToken=X', '/me/messages?$skiptoken=X'],
    ["/me/messages?$filter=from eq 'a+b'", "/me/messages?$filter=from%20eq%20'a%20b'"],
    ['/me/messages?$new=X', '/me/messages?$new=X'],
    [
      '/me/calendarView?startdatetime=a&enddatetime=b',
      '/me/calendarView?startDateTime=a&endDateTime=b',
    ],
    [
      '/me/mailfolders/x/messages/delta?$deltatoken=X',
      '/me/mailFolders/x/messages/delta?$deltatoken=X',
    ],
    ["/me/mailFolders('AQ=')/messages/delta", '/me/mailFolders/AQ=/messages/delta'],
    ['/me/mailFolders(%27AQ%3D%27)/messages', '/me/mailFolders/AQ=/messages'],
    ['/me/mailFolders/AQ%3D/messages?$skip=1', '/me/mailFolders/AQ=/messages?$skip=1'],
    ['/me/messages', '/me/messages'],
    [`/users/${oid}/messages?$skip=1`, '/me/messages?$skip=1'],
    [`/users('${oid}')/messages?$skip=1`, '/me/messages?$skip=1'],
    [`/users('${oid}')/mailFolders/x/messages`, '/me/mailFolders/x/messages'],
    [`/Users/${oid.toUpperCase()}/messages`, '/me/messages'],
    [`/users/${oid}`, '/me'],
  ])('%s', (link, expected) => {
    expect(led(`${graph}${link}`)).toBe(`${own}${expected}`);
  });

  it('in something expanded leads through us too, and so does every other', () => {
    const page = (url: string) => ({
      value: [{ id: '1', 'messages@odata.nextLink': `${url}/me/mailFolders/1/messages?$skip=1` }],
      '@odata.nextLink': `${url}/me/mailFolders?$skip=1`,
    });
    expect(rewrite(JSON.stringify(page(graph)))).toBe(JSON.stringify(page(own)));
  });

  it('is found however it is written', () => {
    const escaped = `${graph}/me/messages?$skip=1`.replaceAll('/', '\\/').replace('$', '\\u0024');
    expect(rewrite(`{"@odata.nextLink"\n :\t"${escaped}"}`)).toBe(
      `{"@odata.nextLink"\n :\t"${own}/me/messages?$skip=1"}`,
    );
  });

  it.each([
    ['another origin', 'https://evil.example/v1.0/me/messages'],
    ['an origin that begins alike', 'https://graph.example.evil.example/v1.0/me/messages'],
    ['an origin in the userinfo', 'https://graph.example@evil.example/v1.0/me/messages'],
    ['http', 'http://graph.example/v1.0/me/messages'],
    ['another port', 'https://graph.example:8443/v1.0/me/messages'],
    ['another version', 'https://graph.example/beta/me/messages'],
    ['a version that begins alike', 'https://graph.example/v1.0x/me/messages'],
    ['no path', graph],
    ['up', `${graph}/../beta/me/messages`],
    ['up, encoded', `${graph}/%2e%2e/beta/me/messages`],
    ['what is not on the list', `${graph}/users`],
    ['what is on the list for POST only', `${graph}/me/sendMail`],
    ['somebody else', `${graph}/users/${otherOid}/messages`],
    ['somebody else by key', `${graph}/users('${otherOid}')/messages`],
    ['a function', `${graph}/me/messages/delta`],
    ['a key that is none', `${graph}/me/mailFolders('a','b')/messages`],
    ['somebody whose id begins alike', `${graph}/users/${oid}0/messages`],
    ['a relative address', '/v1.0/me/messages'],
    ['a script', 'javascript:alert(1)'],
    ['nothing', ''],
  ])('is refused: %s', (_name, link) => {
    expect(rewrite(JSON.stringify({ '@odata.nextLink': link }))).toBeUndefined();
    const expanded = { value: [{ 'children@odata.nextLink': link, id: '1' }] };
    expect(rewrite(JSON.stringify(expanded))).toBe('{"value":[{"id":"1"}]}');
  });

  it('is refused though something else has a good one', () => {
    const [good, bad] = [`${graph}/me/messages?$skip=1`, `${graph}/users?$skip=1`];
    const page = (nested: string, top: string) =>
      rewrite(JSON.stringify({ value: [{ '@odata.nextLink': nested }], '@odata.nextLink': top }));
    expect(page(good, bad)).toBeUndefined();
    expect(page(bad, bad)).toBeUndefined();
    expect(page(bad, good)).toBe(`{"value":[{}],"@odata.nextLink":"${own}/me/messages?$skip=1"}`);
  });
});

it('answers are read once, however many links are lost', () => {
  const item = { 'children@odata.nextLink': `${graph}/drives/1/items/2/children`, id: '1' };
  const parse = vi.spyOn(JSON, 'parse');
  const json = JSON.stringify({ value: Array.from({ length: 100 }, () => item) });
  expect(rewrite(json)).toBe(JSON.stringify({ value: Array(100).fill({ id: '1' }) }));
  expect(parse.mock.calls.filter(([text]) => text === json)).toHaveLength(1);
  parse.mockRestore();
});

describe('a link that opens a file for whoever has it', () => {
  it.each(['@microsoft.graph.downloadUrl', '@content.downloadUrl'])('is left out: %s', (name) => {
    const item = { [name]: 'https://files.example/secret', id: '1', size: 9 };
    const json = JSON.stringify({ value: [item, { id: '2', [name]: 'https://files.example/s' }] });
    expect(rewrite(json)).toBe('{"value":[{"id":"1","size":9},{"id":"2"}]}');
  });
});

describe('all else', () => {
  it('stays as it is, byte for byte', () => {
    const page = (link: string) =>
      `{ "@odata.context" : "${graph}/$metadata#x",\r\n\t"value":[{"n":1.0,"big":9007199254740993,` +
      `"e":1E2,"ü":"\\u00fc\\/ \\ud800","dup":1,"dup":2,"__proto__":{"a":[]}, "s":""}],` +
      `"@odata.nextLink":"${link}/me/messages?$skip=1", "t":null} `;
    expect(rewrite(page(graph))).toBe(page(own));
  });

  it.each([
    ['text that looks like a link', `"@odata.nextLink":"${graph}/users"`],
    ['text that looks like JSON with a link', `{"@odata.nextLink":"${graph}/users"}`],
    ['text that ends in a backslash', `\\"@odata.nextLink":"https://evil.example`],
    ['a link as text', `${graph}/me/messages?$skip=1`],
    ['a name of a link as text', '@odata.nextLink'],
  ])('stays as it is: %s', (_name, text) => {
    const json = JSON.stringify({ subject: text, body: { content: `${text}\\` }, list: [text] });
    expect(rewrite(json)).toBe(json);
  });

  it.each([
    '{"@odata.nextLink":null}',
    '{"@odata.nextlink":"x"}',
    '{"nextLink":"https://x.example"}',
    '{"@odata.navigationLink":"https://x.example"}',
    '{"@odata.nextLink2":"https://x.example"}',
    '{"downloadUrl":"https://x.example"}',
  ])('stays as it is: %s', (json) => {
    expect(rewrite(json)).toBe(json);
  });
});
