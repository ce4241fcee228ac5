import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { builtInRoutes } from '../../src/lib/graph/routes.ts';
import type { App } from '../support/app.ts';
import type { BrowserClient } from '../support/browser-client.ts';
import { fromOwnPage, graphScopes, signedInFor } from '../support/graph-people.ts';
import { startWorld, type World } from '../support/world.ts';

let world: World;
let app: App;
let bob: BrowserClient;

beforeAll(async () => {
  world = await startWorld();
  app = await world.startApp({ environment: { GRAPH_SCOPES: graphScopes.join(' ') } });
  bob = await signedInFor(app, 'bob@evergreen.example', graphScopes);
});

afterEach(() => world.graph.faults.clear());

afterAll(() => world.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  bob.request(`${app.origin}${path}`, { headers });

async function json(path: string, headers: Record<string, string> = {}) {
  const response = await get(path, headers);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function valuesOf(path: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await json(path);
  expect(status).toBe(200);
  return body.value;
}

describe('resources', () => {
  it.each(
    builtInRoutes()
      .filter(({ method, template }) => method === 'GET' && !template.includes('{'))
      .map(({ template }) => template),
  )('%s is Graph’s', async (template) => {
    const query = template.endsWith('calendarView')
      ? '?startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z'
      : '';
    const response = await get(`/graph${template}${query}`);
    expect(response.status).toBe(200);
    expect(world.graph.calls.at(-1)).toMatchObject({ method: 'GET', path: `/v1.0${template}` });
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
  });

  it('are found by their ids too', async () => {
    const [message] = await valuesOf('/graph/me/messages?$top=1');
    const id = String(message?.['id']);
    const found = await json(`/graph/me/messages/${encodeURIComponent(id)}`);
    expect(found).toMatchObject({ status: 200, body: { id, subject: message?.['subject'] } });
    expect((await json(`/graph/me/messages/${id}`)).body.id).toBe(id);
  });

  it('are read page by page through our origin, all 42 of them', async () => {
    const subjects: unknown[] = [];
    let next: string | undefined = `${app.origin}/graph/me/messages?$top=5`;
    let pages = 0;
    while (next) {
      expect(next.startsWith(`${app.origin}/graph/me/messages?`)).toBe(true);
      const response = await bob.request(next);
      const text = await response.text();
      expect(text).not.toContain(`Link":"${world.graph.origin}`);
      const page = JSON.parse(text);
      subjects.push(...page.value.map(({ subject }: { subject: string }) => subject));
      next = page['@odata.nextLink'];
      pages += 1;
    }
    expect(pages).toBe(9);
    expect(new Set(subjects).size).toBe(42);
  });

  it('tell what has changed, by a link that leads through our origin', async () => {
    let link = `${app.origin}/graph/me/mailFolders/inbox/messages/delta?changeType=created`;
    for (let pages = 0; pages < 50; pages++) {
      const page = await (await bob.request(link)).json();
      link = page['@odata.nextLink'] ?? page['@odata.deltaLink'];
      if (page['@odata.deltaLink']) break;
    }
    const path = '/graph/me/mailFolders/[\\w=-]+/messages/delta';
    expect(link).toMatch(new RegExp(`^${app.origin}${path}\\?.*\\$deltatoken`));
    expect((await bob.request(link)).status).toBe(200);
  });

  it('are created where the list says so, from our own pages alone', async () => {
    const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
    const times = { start: at('2026-03-02T12:00:00'), end: at('2026-03-02T13:00:00') };
    const body = JSON.stringify({ subject: 'Lunch', ...times });
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    const url = `${app.origin}/graph/me/events`;
    expect((await bob.request(url, init)).status).toBe(403);
    const created = await bob.request(url, fromOwnPage(app, init));
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({ subject: 'Lunch', id: expect.any(String) });

    const mail = JSON.stringify({ message: { subject: 'Hello' } });
    const sent = await bob.request(
      `${app.origin}/graph/me/sendMail`,
      fromOwnPage(app, { ...init, body: mail }),
    );
    expect([sent.status, await sent.text()]).toEqual([202, '']);
  });

  it('take no body of over 4 MiB', async () => {
    const before = world.graph.calls.length;
    const init = { method: 'POST', body: Buffer.alloc(4 * 1024 * 1024 + 1) };
    const answer = await bob.request(`${app.origin}/graph/me/events`, fromOwnPage(app, init));
    expect([answer.status, (await answer.json()).code]).toEqual([400, 'invalid_request']);
    expect(world.graph.calls.length).toBe(before);
  });
});

describe('headers', () => {
  it('pass as far as Graph needs them, and no others', async () => {
    await get('/graph/me/messages?$count=true&$top=1', {
      consistencylevel: 'eventual',
      prefer: 'outlook.body-content-type="text"',
      authorization: 'Bearer stolen',
      'x-forwarded-for': '10.0.0.1',
      'x-ms-client-principal': 'somebody',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const call = world.graph.calls.at(-1);
    expect(call?.headers).toMatchObject({
      consistencylevel: 'eventual',
      prefer: 'outlook.body-content-type="text"',
      'client-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/),
    });
    const names = Object.keys(call?.headers ?? {});
    expect(names.filter((name) => /^(cookie|x-|origin|referer|sec-)/.test(name))).toEqual([]);
    expect(call?.headers['traceparent']).not.toContain('b7ad6b7169203331');
  });

  it('make it possible to ask for what has not changed, or a part', async () => {
    const photo = await get('/graph/me/photo/$value');
    const etag = photo.headers.get('etag') ?? '';
    expect(etag).not.toBe('');
    const again = await get('/graph/me/photo/$value', { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('of the content and its version pass with it', async () => {
    const other = await world.startApp({
      environment: {
        GRAPH_SCOPES: graphScopes.join(' '),
        GRAPH_ROUTES: '["GET /me/messages", "PATCH /me/messages/{id} Mail.ReadWrite"]',
      },
    });
    const [message] = await valuesOf('/graph/me/messages?$top=1');
    const url = `${other.origin}/graph/me/messages/${message?.['id']}`;
    const patch = (etag: string) =>
      bob.request(
        url,
        // Of all instances the public origin is the first one's.
        fromOwnPage(app, {
          method: 'PATCH',
          body: '{"isRead":true}',
          headers: { 'content-type': 'application/json', 'if-match': etag },
        }),
      );
    expect((await patch('W/"other"')).status).toBe(412);
    expect((await patch(String(message?.['@odata.etag']))).status).toBe(200);
    expect(world.graph.calls.at(-1)).toMatchObject({
      method: 'PATCH',
      bodyBytes: 15,
      headers: { 'content-type': 'application/json', 'if-match': message?.['@odata.etag'] },
    });
  });

  it('of Graph’s answers stay there, but for a few', async () => {
    world.graph.faults.next(1, {
      kind: 'answer',
      status: 200,
      body: { value: [] },
      headers: { 'set-cookie': 'a=b', server: 'Graph', 'preference-applied': 'x', link: '<x>' },
    });
    const { headers } = await json('/graph/me/messages');
    expect(headers.get('preference-applied')).toBe('x');
    for (const name of ['set-cookie', 'server', 'link', 'request-id', 'odata-version']) {
      expect(headers.get(name)).toBeNull();
    }
  });
});

it('query options pass as they are', async () => {
  const options = {
    $select: 'id,subject',
    $top: '3',
    $filter: "isRead eq true and startswith(subject,'Ä & B')",
    $search: '"a+b c"',
    $orderby: 'receivedDateTime desc',
    $expand: 'attachments',
    $count: 'true',
    $skip: '2',
    $skiptoken: 'a/b=+',
    $deltatoken: 'x',
    changeType: 'created',
    startDateTime: '2026-01-01T00:00:00+01:00',
    endDateTime: '2026-02-01T00:00:00Z',
  };
  world.graph.faults.next(1, { kind: 'answer', status: 200, body: { value: [] } });
  expect((await get(`/graph/me/messages?${new URLSearchParams(options)}`)).status).toBe(200);
  const { query = '' } = world.graph.calls.at(-1) ?? {};
  expect(Object.fromEntries(new URLSearchParams(query.replaceAll('+', '%2B')))).toEqual(options);
});

describe('errors', () => {
  it.each([
    [400, 'BadRequest', 400, 'graph_error'],
    [403, 'ErrorAccessDenied', 403, 'forbidden'],
    [404, 'ErrorItemNotFound', 404, 'not_found'],
    [409, 'nameAlreadyExists', 409, 'graph_error'],
    [412, 'ErrorIrresolvableConflict', 412, 'graph_error'],
    [500, 'generalException', 502, 'bad_gateway'],
  ])('Graph’s %d %s is %d %s', async (status, graphCode, ours, code) => {
    const error = { code: graphCode, message: 'Secret of bob@evergreen.example' };
    world.graph.faults.next(1, { kind: 'answer', status, body: { error } });
    const { status: answered, body } = await json('/graph/me/messages');
    expect([answered, body.code]).toEqual([ours, code]);
    expect(body.graphCode).toBe(code === 'graph_error' ? graphCode : undefined);
    expect(body.graphRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(body)).not.toContain('Secret');
  });

  it('a scope that is missing is asked for, exactly that one', async () => {
    const carol = await signedInFor(app, 'carol@evergreen.example');
    const refused = await carol.request(`${app.origin}/graph/me/messages`);
    const problem = await refused.json();
    expect([refused.status, problem.code]).toEqual([403, 'consent_required']);
    expect(new URL(problem.loginUrl).searchParams.get('scope')).toBe('Mail.Read');
    await carol.navigate(`${problem.loginUrl}&returnTo=/health/live`);
    expect((await carol.request(`${app.origin}/graph/me/messages`)).status).toBe(200);
  });

  it.each([429, 503])('a %d with a short Retry-After is tried once more', async (status) => {
    const rule = { kind: 'answer', status, body: {}, headers: { 'retry-after': '0' } } as const;
    world.graph.faults.next(1, rule);
    expect((await json('/graph/me/messages')).status).toBe(200);
    world.graph.faults.next(9, rule);
    const before = world.graph.calls.length;
    expect((await json('/graph/me/messages')).status).toBe(status);
    expect(world.graph.calls.length - before).toBe(2);
  });

  it.each([
    [429, 'throttled'],
    [503, 'temporarily_unavailable'],
  ])('a %d with a long Retry-After is passed on', async (status, code) => {
    world.graph.faults.next(1, {
      ...{ kind: 'answer', status, body: {}, headers: { 'retry-after': '120' } },
    } as const);
    const before = world.graph.calls.length;
    const { status: answered, headers, body } = await json('/graph/me/messages');
    expect([answered, body.code, headers.get('retry-after')]).toEqual([status, code, '120']);
    expect(world.graph.calls.length - before).toBe(1);
  });

  it('a Retry-After that is a time is passed on in seconds', async () => {
    const headers = { 'retry-after': new Date(Date.now() + 120_000).toUTCString() };
    world.graph.faults.next(1, { kind: 'answer', status: 429, body: {}, headers });
    const wait = Number((await json('/graph/me/messages')).headers.get('retry-after'));
    expect(wait).toBeGreaterThan(110);
    expect(wait).toBeLessThanOrEqual(120);
  });

  it.each([
    [429, 2, 202],
    [503, 1, 503],
  ])('what changes something and is answered %d is sent %d times', async (status, times, told) => {
    const rule = { kind: 'answer', status, body: {}, headers: { 'retry-after': '0' } } as const;
    world.graph.faults.next(1, rule);
    const before = world.graph.calls.length;
    const body = JSON.stringify({ message: { subject: 'Hello' } });
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' } };
    const sent = await bob.request(`${app.origin}/graph/me/sendMail`, fromOwnPage(app, init));
    expect([sent.status, world.graph.calls.length - before]).toEqual([told, times]);
  });

  it('no answer is 503', async () => {
    world.graph.faults.next(1, { kind: 'reset' });
    const { status, body } = await json('/graph/me/messages');
    expect([status, body.code]).toEqual([503, 'temporarily_unavailable']);
  });

  it('an answer that does not come in time is 503', async () => {
    const hold = world.graph.faults.next(1, { kind: 'hold' });
    const { status, body } = await json('/graph/me/messages');
    hold.release();
    expect([status, body.code]).toEqual([503, 'temporarily_unavailable']);
  });

  it.each([
    ['a redirect', { status: 302, body: '', headers: { location: 'https://example.com/' } }],
    ['a page', { status: 200, body: '<h1>Sorry</h1>', headers: {} }],
    ['somebody else', { status: 200, body: { id: 'somebody else' }, headers: {} }],
  ])('%s instead of a profile is 502', async (_, answer) => {
    world.graph.faults.next(1, { kind: 'answer', ...answer });
    expect((await json('/graph/me')).status).toBe(502);
    world.graph.faults.clear();
    world.graph.faults.next(1, { kind: 'answer', ...answer });
    expect((await json('/me')).status).toBe(502);
  });
});

describe('the list', () => {
  it('is what GRAPH_ROUTES says', async () => {
    const other = await world.startApp({
      environment: { GRAPH_ROUTES: '["GET /me", "PATCH /me/messages/{id} Mail.Read"]' },
    });
    const messages = `${other.origin}/graph/me/messages`;
    expect((await bob.request(messages)).status).toBe(404);
    const wrongMethod = await bob.request(`${messages}/1`);
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'PATCH']);
    expect((await bob.request(`${other.origin}/graph/me`)).status).toBe(200);
  });

  it('that is wrong closes the app, and its entry is named', async () => {
    const other = await world.startApp({
      environment: { GRAPH_ROUTES: '["GET /me", "GET messages Mail.Read"]' },
    });
    const ready = await fetch(`${other.origin}/health/ready`);
    expect(ready.status).toBe(503);
    expect((await ready.json()).detail).toMatch(/GRAPH_ROUTES entry 2 \(GET messages Mail.Read\)/);
  });
});
