import { describe, expect, test, vi } from 'vitest';
import {
  type Answer,
  alice,
  callGraph,
  json,
  oidOf,
  signInByHand,
  startBoth,
} from './identity-provider-driver.ts';

describe('Graph', () => {
  test('answers /me to a valid token', async () => {
    const { idp, graph } = await startBoth();
    const { access_token: token } = await signInByHand(idp, alice);
    const response = await callGraph(graph, '/v1.0/me', token);
    expect(response.status).toBe(200);
    expect(response.headers.get('client-request-id')).toBe('my-id');
    expect(response.headers.get('request-id')).toEqual(expect.any(String));
    expect(await response.json()).toEqual({
      '@odata.context': `${graph.origin}/v1.0/$metadata#users/$entity`,
      businessPhones: ['+1 425 555 0100'],
      displayName: 'Alice Example',
      givenName: 'Alice',
      jobTitle: 'Head of Research',
      mail: alice,
      mobilePhone: null,
      officeLocation: '18/2111',
      preferredLanguage: 'en-US',
      surname: 'Example',
      userPrincipalName: alice,
      id: oidOf(alice),
    });
    expect(graph.calls).toMatchObject([{ method: 'GET', path: '/v1.0/me', status: 200 }]);
  });

  test('$select narrows it', async () => {
    const { idp, graph } = await startBoth();
    const { access_token: token } = await signInByHand(idp, alice);
    const some = await callGraph(graph, '/v1.0/me?$select=id,mail', token);
    expect(Object.keys(await json(some))).toEqual(['@odata.context', 'id', 'mail']);
    expect((await callGraph(graph, '/v1.0/me?$select=nothing', token)).status).toBe(400);
  });

  test.each([
    ['no token', () => undefined],
    ['an ID token', (tokens: Answer) => tokens['id_token']],
    ['a changed token', (tokens: Answer) => `${tokens['access_token']}x`],
  ])('refuses %s', async (_name, choose) => {
    const { idp, graph } = await startBoth();
    const response = await callGraph(graph, '/v1.0/me', choose(await signInByHand(idp, alice)));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await response.json()).toMatchObject({
      error: {
        code: 'InvalidAuthenticationToken',
        message: expect.any(String),
        innerError: { date: expect.any(String), 'request-id': expect.any(String) },
      },
    });
  });

  test('refuses an expired token', async () => {
    const { idp, graph } = await startBoth();
    const { access_token: token } = await signInByHand(idp, alice);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 3_601_000);
    expect((await callGraph(graph, '/v1.0/me', token)).status).toBe(401);
  });

  test('refuses a token without the scope', async () => {
    const { idp, graph } = await startBoth();
    const tokens = await signInByHand(idp, alice, { scope: 'openid Mail.Read' });
    const response = await callGraph(graph, '/v1.0/me', tokens['access_token']);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'Authorization_RequestDenied' } });
  });

  test('knows no other path', async () => {
    const { idp, graph } = await startBoth();
    const { access_token: token } = await signInByHand(idp, alice);
    const response = await callGraph(graph, '/v1.0/nowhere', token);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'BadRequest' } });
  });

  test('has faults of its own', async () => {
    const { idp, graph } = await startBoth();
    const { access_token: token } = await signInByHand(idp, alice);
    graph.faults.next(1, { kind: 'answer', status: 503, body: { error: {} } });
    expect((await callGraph(graph, '/v1.0/me', token)).status).toBe(503);
    graph.faults.next(1, { kind: 'reset', match: { path: '/v1.0/me', userOid: oidOf(alice) } });
    await expect(callGraph(graph, '/v1.0/me', token)).rejects.toThrow('fetch failed');
    expect(graph.calls.at(-1)).toMatchObject({ status: 0 });
  });
});
