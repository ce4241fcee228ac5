import { describe, expect, test } from 'vitest';
import { patternByte } from '../../dev/graph/file-content.ts';
import { alice, bob, json, oidOf, signInByHand, startBoth } from './identity-provider-driver.ts';

const everything = [
  'User.Read',
  'User.Read.All',
  'Mail.ReadWrite',
  'Mail.Send',
  'Calendars.ReadWrite',
  'Contacts.Read',
  'People.Read',
  'Files.Read',
].join(' ');

interface Item {
  readonly id: string;
  readonly [name: string]: unknown;
}

/** A user's calls, with a token for `scopes`. */
async function signedIn(username = alice, scopes = everything) {
  const { idp, graph } = await startBoth();
  const { access_token: token } = await signInByHand(idp, username, { scope: `openid ${scopes}` });
  const call = (path: string, init: RequestInit = {}) =>
    fetch(path.startsWith('http') ? path : `${graph.origin}/v1.0${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: `Bearer ${token}`, ...init.headers },
    });
  const items = async (path: string) => (await json(await call(path)))['value'] as Item[];
  return { graph, call, items };
}

type Call = Awaited<ReturnType<typeof signedIn>>['call'];

/** All pages from `path` on, and the last answer. */
async function walk(call: Call, path: string) {
  const items: Item[] = [];
  let pages = 0;
  for (let next: string | undefined = path; ; pages += 1) {
    const body: Record<string, unknown> = await json(await call(next));
    items.push(...(body['value'] as Item[]));
    next = body['@odata.nextLink'] as string | undefined;
    if (!next) return { items, pages: pages + 1, last: body };
  }
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  const json = { 'content-type': 'application/json' };
  return { method: 'POST', body: JSON.stringify(body), headers: { ...json, ...headers } };
}

describe('mail', () => {
  test('is read page by page by links on the own origin', async () => {
    const { graph, call } = await signedIn();
    const first = await json(await call('/me/messages?$select=subject&$count=true'));
    expect(first['@odata.nextLink']).toMatch(`${graph.origin}/v1.0/me/messages?%24select=subject`);
    expect(first['@odata.nextLink']).toMatch('%24top=10&%24skip=10');
    expect(first['@odata.count']).toBe(42);
    expect(Object.keys((first['value'] as Item[])[0] ?? {}).sort()).toEqual([
      '@odata.etag',
      'id',
      'subject',
    ]);
    const { items, pages } = await walk(call, '/me/messages?$top=20');
    expect([new Set(items.map(({ id }) => id)).size, pages]).toEqual([42, 3]);
  });

  test('is the same at each start, and each user has their own', async () => {
    const [one, again, other] = [await signedIn(), await signedIn(), await signedIn(bob)];
    const ofAlice = await one.items('/me/messages');
    expect(await again.items('/me/messages')).toEqual(ofAlice);
    expect((await other.items('/me/messages'))[0]?.id).not.toBe(ofAlice[0]?.id);
  });

  test('is found by an id that ends in =', async () => {
    const { call, items } = await signedIn();
    const [message] = await items('/me/messages?$top=1');
    expect(message?.id).toMatch(/^[\w-]+=$/);
    for (const id of [message?.id, encodeURIComponent(message?.id ?? '')]) {
      const found = await call(`/me/messages/${id}`);
      expect(await found.json()).toMatchObject({ subject: message?.['subject'] });
    }
    expect((await call('/me/messages/AAMk=')).status).toBe(404);
  });

  test('is filtered, searched and in folders', async () => {
    const { call, items } = await signedIn();
    expect(await items('/me/messages?$filter=isRead eq false&$top=50')).toHaveLength(14);
    expect(await items('/me/messages?$search="budget"&$top=50')).toHaveLength(7);
    const folders = await items('/me/mailFolders');
    const inbox = await items(`/me/mailFolders/${folders[0]?.id}/messages?$top=50`);
    expect(folders[0]).toMatchObject({ displayName: 'Inbox', totalItemCount: inbox.length });
    expect(await items('/me/mailFolders/inbox/messages?$top=50')).toEqual(inbox);
    for (const query of ['$top=x', '$top=0', '$select=nothing', "$filter=subject eq 'x'"]) {
      expect((await call(`/me/messages?${query}`)).status).toBe(400);
    }
  });

  test('is changed only in the version that If-Match names', async () => {
    const { call, items } = await signedIn();
    const [message] = await items('/me/messages');
    const patch = (etag: unknown) =>
      call(`/me/messages/${message?.id}`, {
        ...post({ isRead: true }, { 'if-match': String(etag) }),
        method: 'PATCH',
      });
    const changed = await patch(message?.['@odata.etag']);
    expect(await changed.json()).toMatchObject({ isRead: true });
    const stale = await patch(message?.['@odata.etag']);
    expect(stale.status).toBe(412);
    expect(await stale.json()).toMatchObject({ error: { code: 'ErrorIrresolvableConflict' } });
    expect((await patch('*')).status).toBe(200);
  });

  test('has a delta: all of it in pages, then what has changed', async () => {
    const { call } = await signedIn();
    const { items, pages, last } = await walk(call, '/me/mailFolders/inbox/messages/delta');
    expect([items.length, pages]).toEqual([35, 4]);
    const deltaLink = String(last['@odata.deltaLink']);
    expect(deltaLink).toMatch(/\/mailfolders\('.+'\)\/messages\/delta\?%24deltatoken=/);
    expect((await walk(call, deltaLink)).items).toEqual([]);
    const change = { ...post({ isRead: true }), method: 'PATCH' };
    await call(`/me/messages/${items[3]?.id}`, change);
    const later = await walk(call, deltaLink);
    expect(later.items.map(({ id }) => id)).toEqual([items[3]?.id]);
    expect((await walk(call, String(later.last['@odata.deltaLink']))).items).toEqual([]);
  });

  test('is accepted to be sent', async () => {
    const { graph, call } = await signedIn();
    const body = { message: { subject: 'ü' } };
    const sent = await call('/me/sendMail', post(body, { 'x-test': 'yes' }));
    expect([sent.status, await sent.text()]).toEqual([202, '']);
    expect(graph.calls.at(-1)).toMatchObject({
      method: 'POST',
      path: '/v1.0/me/sendMail',
      query: '',
      bodyBytes: Buffer.byteLength(JSON.stringify(body)),
      authorized: true,
      headers: { 'x-test': 'yes' },
    });
    const refused = await call('/me/sendMail', post({}));
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: 'ErrorInvalidRequest' } });
  });
});

describe('calendar', () => {
  test('shows what is in a time window, added events too', async () => {
    const { call, items } = await signedIn();
    const window = 'startDateTime=2026-01-12T00:00:00Z&endDateTime=2026-01-13T00:00:00Z';
    expect(await items(`/me/calendarView?${window}`)).toMatchObject([
      { subject: 'Team meeting 2' },
    ]);
    const added = await call(
      '/me/events',
      post({
        subject: 'Lunch',
        start: { dateTime: '2026-01-12T12:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-01-12T13:00:00', timeZone: 'UTC' },
      }),
    );
    expect(added.status).toBe(201);
    const { id } = await json(added);
    expect(await items(`/me/calendarView?${window}`)).toMatchObject([{}, { id, subject: 'Lunch' }]);
    expect((await call(`/me/events/${id}`)).status).toBe(200);
    const open = await call('/me/calendarView?startDateTime=2026-01-12T00:00:00Z');
    expect(open.status).toBe(400);
    expect(await open.json()).toMatchObject({ error: { code: 'ErrorInvalidParameter' } });
  });
});

describe('people', () => {
  test('memberOf goes on by skip tokens', async () => {
    const { call } = await signedIn();
    const first = await json(await call('/me/memberOf'));
    expect(first['@odata.nextLink']).toMatch('%24skiptoken=');
    const { items, pages } = await walk(call, '/me/memberOf');
    expect([new Set(items.map(({ id }) => id)).size, pages]).toEqual([12, 3]);
  });

  test('the first of the directory manages the others', async () => {
    const [ofAlice, ofBob] = [await signedIn(), await signedIn(bob)];
    expect((await ofAlice.call('/me/manager')).status).toBe(404);
    expect(await json(await ofBob.call('/me/manager'))).toMatchObject({ id: oidOf(alice) });
    expect(await ofBob.items('/me/people')).toHaveLength(4);
    expect(await ofBob.items('/me/contacts')).toHaveLength(4);
  });

  test('a photo is an image with an ETag, or absent', async () => {
    const [ofAlice, ofDave] = [await signedIn(), await signedIn('dave@evergreen.example')];
    const photo = await ofAlice.call('/me/photo/$value');
    expect(photo.headers.get('content-type')).toBe('image/png');
    const bytes = Buffer.from(await photo.arrayBuffer());
    expect(bytes.toString('latin1', 1, 4)).toBe('PNG');
    const etag = photo.headers.get('etag') ?? '';
    const metadata = await json(await ofAlice.call('/me/photo'));
    expect(metadata).toMatchObject({ width: 64, '@odata.mediaEtag': etag });
    const again = await ofAlice.call('/me/photo/$value', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const none = await ofDave.call('/me/photo/$value');
    expect(none.status).toBe(404);
    expect(await none.json()).toMatchObject({ error: { code: 'ImageNotFound' } });
  });
});

describe('files', () => {
  async function locationOf(call: Call, items: (path: string) => Promise<Item[]>, name: string) {
    const file = (await items('/me/drive/root/children')).find((item) => item['name'] === name);
    const answer = await call(`/me/drive/items/${file?.id}/content`);
    expect(answer.status).toBe(302);
    return answer.headers.get('location') ?? '';
  }

  test('are downloaded from elsewhere, without the token', async () => {
    const { graph, call, items } = await signedIn();
    const location = await locationOf(call, items, 'Page.html');
    expect(location).toMatch(new RegExp(`^${graph.origin}/download/[\\w-]+$`));
    const page = await fetch(location);
    expect(page.headers.get('content-type')).toBe('text/html');
    expect(page.headers.get('content-disposition')).toMatch(/^attachment; .*Page\.html$/);
    expect(await page.text()).toMatch('<script>');
    expect(graph.calls.at(-1)).toMatchObject({ authorized: false, status: 200 });

    expect((await call(location)).status).toBe(401);
    const last = graph.calls.at(-1);
    expect(last).toMatchObject({ authorized: true, status: 401 });
    expect(last?.headers).not.toHaveProperty('authorization');
    expect((await fetch(`${graph.origin}/download/unknown`)).status).toBe(404);
  });

  test('are served by ranges', async () => {
    const { call, items } = await signedIn();
    const location = await locationOf(call, items, 'Measurements.bin');
    const range = (value: string) => fetch(location, { headers: { range: `bytes=${value}` } });
    const some = await range('65530-65549');
    expect(some.status).toBe(206);
    expect(some.headers.get('content-range')).toBe('bytes 65530-65549/300000');
    const expected = Array.from({ length: 20 }, (_, index) => patternByte(65_530 + index));
    expect([...new Uint8Array(await some.arrayBuffer())]).toEqual(expected);
    expect((await range('-5')).headers.get('content-range')).toBe('bytes 299995-299999/300000');
    expect((await range('300000-')).status).toBe(416);
  });

  test('may be 20 MB', async () => {
    const { call, items } = await signedIn();
    const response = await fetch(await locationOf(call, items, 'Recording.bin'));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes.length).toBe(20 * 1024 * 1024);
    expect(bytes.at(-1)).toBe(patternByte(bytes.length - 1));
  });

  test('are in folders', async () => {
    const { call, items } = await signedIn();
    const folder = (await items('/me/drive/root/children'))[0];
    expect(await items(`/me/drive/items/${folder?.id}/children`)).toMatchObject([
      { name: 'Report ä.txt', size: 15 },
    ]);
    expect((await call(`/me/drive/items/${folder?.id}`)).status).toBe(200);
    expect((await call(`/me/drive/items/${folder?.id}/content`)).status).toBe(400);
    expect((await call('/me/drive/items/UNKNOWN')).status).toBe(404);
  });
});

describe('permissions', () => {
  test.each([
    ['GET', '/me/messages', 'ErrorAccessDenied'],
    ['GET', '/me/mailFolders/inbox/messages/delta', 'ErrorAccessDenied'],
    ['GET', '/me/mailFolders', 'ErrorAccessDenied'],
    ['POST', '/me/sendMail', 'ErrorAccessDenied'],
    ['GET', '/me/events', 'ErrorAccessDenied'],
    ['GET', '/me/calendarView', 'ErrorAccessDenied'],
    ['GET', '/me/contacts', 'ErrorAccessDenied'],
    ['GET', '/me/people', 'ErrorAccessDenied'],
    ['GET', '/me/drive', 'ErrorAccessDenied'],
    ['GET', '/me/drive/items/any/content', 'ErrorAccessDenied'],
    ['GET', '/me/manager', 'Authorization_RequestDenied'],
  ])('%s %s is refused to a token for User.Read', async (method, path, code) => {
    const { call } = await signedIn(alice, 'User.Read');
    const response = await call(path, { method });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  test.each([
    ['Mail.Read', 'PATCH', '/me/messages/any'],
    ['Calendars.Read', 'POST', '/me/events'],
  ])('%s is for reading only', async (scope, method, path) => {
    const { call } = await signedIn(alice, scope);
    expect((await call(path, { method, body: '{}' })).status).toBe(403);
  });

  test('a token may be rejected without a word on what Graph wants', async () => {
    const { graph, call } = await signedIn();
    const { call: bobs } = await signedIn(bob);
    graph.rejected.reject(oidOf(alice));
    const response = await call('/me');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).not.toContain('claims');
    expect(await response.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
    expect((await bobs('/me')).status).toBe(200);
    graph.rejected.clear();
    expect((await call('/me')).status).toBe(200);
  });

  test('another method than those of a resource is 405', async () => {
    const { call } = await signedIn();
    expect((await call('/me/messages', { method: 'DELETE' })).status).toBe(405);
  });
});
