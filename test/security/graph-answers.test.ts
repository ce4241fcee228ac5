import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import type { App } from '../support/app.ts';
import { type GraphTrial, headersOf, startGraphTrial, words } from '../support/graph-trial.ts';
import type { Person } from '../support/people.ts';
import { type RecordingServer, startRecordingServer } from '../support/recording-server.ts';
import type { World } from '../support/world.ts';

const other = seededUsers[0]?.oid ?? '';

let trial: GraphTrial;
let world: World;
let app: App;
let person: Person;
let ask: GraphTrial['ask'];
let graphAnswers: GraphTrial['graphAnswers'];
let calls: () => number;
/** A server that nothing may come to. */
let elsewhere: RecordingServer;

beforeAll(async () => {
  [trial, elsewhere] = await Promise.all([startGraphTrial(), startRecordingServer()]);
  ({ world, app, person, ask, graphAnswers, calls } = trial);
});

beforeEach(() => world.graph.faults.clear());

afterAll(async () => {
  await world.close();
  await elsewhere.close();
});

describe('headers of Graph to the client', () => {
  const passing = headersOf(`etag: "a" | accept-ranges: bytes | content-range: bytes 0-1/2 |
    last-modified: Thu, 01 Jan 2026 00:00:00 GMT | preference-applied: x`);
  const kept = headersOf(`set-cookie: session=evil; Path=/ | server: Graph | x-powered-by: x |
    link: <x> | www-authenticate: Bearer realm="graph" | location: https://evil.example/ | via: x |
    access-control-allow-origin: * | content-security-policy: default-src * | request-id: x |
    cache-control: public | refresh: 0; url=https://evil.example/ | clear-site-data: "*" |
    x-ms-ags: x | strict-transport-security: max-age=0`);
  const ours = words(`cache-control content-security-policy content-type referrer-policy
    cross-origin-resource-policy x-content-type-options x-request-id`);
  const ofTheConnection = ['connection', 'content-length', 'date', 'keep-alive'];
  const namesOf = (headers: Headers) =>
    [...headers.keys()].filter((name) => !ofTheConnection.includes(name)).sort();

  it('five pass with what was asked for, none with an error', async () => {
    const path = '/graph/me/messages';
    graphAnswers({ value: [] }, { headers: { ...kept, ...passing } });
    const good = await ask(path);
    expect(good.headers.get('cache-control')).toBe('no-store');
    expect(good.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(namesOf(good.headers)).toEqual([...ours, ...Object.keys(passing)].sort());
    for (const status of [302, 400, 401, 403, 404, 409, 429, 500, 503]) {
      const headers = { ...kept, ...passing, 'retry-after': '60' };
      // A call that is refused with 401 is sent again with a new token.
      const times = status === 401 ? 2 : 1;
      graphAnswers({ error: { code: 'x', message: 'evil' } }, { status, headers, times });
      const bad = await ask(path);
      expect([status, bad.status >= 400, bad.text.includes('evil')]).toEqual([status, true, false]);
      const names = namesOf(bad.headers).filter((name) => name !== 'retry-after');
      expect([status, names]).toEqual([status, [...ours].sort()]);
    }
  });

  it('a file is an attachment in a sandbox, whatever Graph calls it', async () => {
    const script = '<script>alert(1)</script>';
    for (const type of ['text/html', 'image/svg+xml', 'x', 'text/html\t;,x']) {
      const disposition = { 'content-disposition': 'inline', 'content-type': type };
      graphAnswers(script, { headers: { ...kept, ...passing, ...disposition } });
      const { headers } = await ask('/graph/me/photo/$value');
      const names = [...ours, ...Object.keys(passing), 'content-disposition'];
      expect(namesOf(headers)).toEqual(names.sort());
      expect(headers.get('content-disposition')).toBe('attachment');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';.*; sandbox$/);
      graphAnswers(script, { headers: { 'content-type': type } });
      expect((await ask('/graph/me/messages')).status).toBe(502);
    }
    graphAnswers('x'.repeat(4 * 1024 * 1024 + 1), {
      headers: { 'content-type': 'application/json' },
    });
    expect((await ask('/graph/me/messages')).status).toBe(502);
  });
});

it('somebody else’s profile is 502, and nothing of it is told', async () => {
  const profiles = [{ id: other }, { id: null }, { id: [person.oid] }, { ID: person.oid }, {}, []];
  const asked: [string, Record<string, string>][] = [
    ['/me', {}],
    ['/graph/me', {}],
    [`/users/${person.oid}/graph/me`, { authorization: `Bearer ${trial.backEnd}` }],
  ];
  for (const [path, headers] of asked) {
    for (const profile of profiles) {
      graphAnswers(Array.isArray(profile) ? profile : { ...profile, displayName: 'Somebody Else' });
      const { status, text } = await ask(path, { headers });
      expect([path, profile, status]).toEqual([path, profile, 502]);
      expect(text).not.toMatch(new RegExp(`Somebody Else|${other}`));
    }
    graphAnswers({ id: other, mail: 'x@evil.example' });
    const selected = await ask(`${path.replace(/^\/me/, '/graph/me')}?$select=id,mail`, {
      headers,
    });
    expect([selected.status, selected.text.includes('evil')]).toEqual([502, false]);
    world.graph.faults.clear();
    expect(JSON.parse((await ask(path, { headers })).text).id).toBe(person.oid);
  }
});

it('claims challenge loop: one retry, one token call, then 401, however often it is asked', async () => {
  const challengeOf = (claims: string, error = 'insufficient_claims') => ({
    'www-authenticate': `Bearer realm="", error="${error}", claims="${Buffer.from(claims).toString('base64')}"`,
  });
  const challenge = (headers: Record<string, string>) =>
    graphAnswers({ error: { code: 'x' } }, { status: 401, headers, times: 99 });
  const before = { calls: calls(), refreshes: trial.refreshes() };
  for (let times = 0; times < 6; times++) {
    // Each with another time in it, as Graph's are.
    challenge(challengeOf(`{"access_token":{"nbf":{"essential":true,"value":"${times}"}}}`));
    const { status, text, headers } = await ask('/me');
    expect([status, JSON.parse(text)]).toMatchObject([
      401,
      { code: 'reauth_required', loginUrl: expect.stringContaining('claims=') },
    ]);
    expect(headers.get('location')).toBeNull();
  }
  expect(trial.refreshes() - before.refreshes).toBe(1);
  expect(calls() - before.calls).toBe(7);

  for (const headers of [
    ...[challengeOf('no JSON'), challengeOf('[]'), challengeOf('{}', 'invalid_token'), {}],
    ...[challengeOf(JSON.stringify({ a: 'x'.repeat(5_000) }))],
  ]) {
    challenge(headers);
    const unknown = { calls: calls(), refreshes: trial.refreshes() };
    expect((await ask('/me')).status).toBe(401);
    expect([calls(), trial.refreshes()]).toEqual([unknown.calls + 1, unknown.refreshes]);
  }
});

describe('links that lead elsewhere', () => {
  it('a page whose next one is not ours to show is 502; in its parts they are left out', async () => {
    const root = `${world.graph.origin}/v1.0`;
    const links = [
      ...words(`${elsewhere.origin}/v1.0/me/messages ${root}.evil.example/me/messages /me/messages
        ${root.replace('/v1.0', '@evil.example/v1.0/me/messages')} ${root}/../beta/me/messages
        ${root}/%2e%2e/beta/me ${root}/users/${other}/messages ${root}/users javascript:1
        ${root}/$batch ${root}//evil.example/me ${root}/me/messages/..%2f.. ${root}\\me
        ${root.replace('http:', 'https:')}/me ${root.replace('v1.0', 'beta')}/me/messages x`),
      '',
    ];
    for (const link of links) {
      for (const name of ['@odata.nextLink', '@odata.deltaLink']) {
        graphAnswers({ value: [], [name]: link });
        const page = await ask('/graph/me/messages');
        expect([name, link, page.status]).toEqual([name, link, 502]);
        if (link.length > 2) expect(page.text).not.toContain(link);
      }
      const parts = {
        'a@odata.nextLink': link,
        '@microsoft.graph.downloadUrl': 'https://x.example',
      };
      graphAnswers({ value: [{ ...parts, '@content.downloadUrl': 'https://x.example', b: 1 }] });
      expect([link, (await ask('/graph/me/messages')).text]).toEqual([link, '{"value":[{"b":1}]}']);
    }
    graphAnswers({ value: [], '@odata.nextLink': `${root}/me/messages?$skip=1` });
    const good = JSON.parse((await ask('/graph/me/messages')).text);
    expect(good['@odata.nextLink']).toBe(`${app.origin}/graph/me/messages?$skip=1`);
  });

  it('a link that somebody sends instead of a path is not followed', async () => {
    const before = calls();
    for (const link of [`${world.graph.origin}/v1.0/users`, `${elsewhere.origin}/v1.0/me`]) {
      for (const path of [
        link,
        encodeURIComponent(link),
        `me?nextLink=${encodeURIComponent(link)}`,
      ]) {
        const { status } = await ask(`/graph/${path}`);
        expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      }
    }
    expect(calls()).toBe(before);
  });
});
