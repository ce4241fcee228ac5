import { ConfidentialClientApplication } from '@azure/msal-node';
import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import {
  alice,
  authority,
  bob,
  callGraph,
  oidOf,
  refresh,
  scopes,
  signInByHand,
  startBoth,
} from './identity-provider-driver.ts';

const acrs = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
const capabilities = '{"access_token":{"xms_cc":{"values":["CP1"]}}}';

function claimsIn(response: Response): string {
  const header = response.headers.get('www-authenticate') ?? '';
  const encoded = /, error="insufficient_claims", claims="([^"]+)"$/.exec(header)?.[1] ?? '';
  return Buffer.from(encoded, 'base64').toString('utf8');
}

describe('claims challenges', () => {
  test('a revoked token is refused until it is refreshed, even in the same second', async () => {
    const { idp, graph } = await startBoth();
    const [tokens, ofBob] = [await signInByHand(idp, alice), await signInByHand(idp, bob)];
    graph.challenges.revoke(oidOf(alice));
    const refused = await callGraph(graph, '/v1.0/me', tokens['access_token']);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
        'client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="',
    );
    expect(await refused.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken' } });
    const claims = claimsIn(refused);
    expect(JSON.parse(claims)).toEqual({
      access_token: { nbf: { essential: true, value: expect.stringMatching(/^\d{10}$/) } },
    });

    const { status, body } = await refresh(idp, tokens['refresh_token'], { claims });
    expect(status).toBe(200);
    expect((await callGraph(graph, '/v1.0/me', body['access_token'])).status).toBe(200);
    expect(idp.tokenCalls.at(-1)).toMatchObject({ claims });
    expect((await callGraph(graph, '/v1.0/me', tokens['access_token'])).status).toBe(401);
    expect((await callGraph(graph, '/v1.0/me', ofBob['access_token'])).status).toBe(200);
    graph.challenges.clear();
    expect((await callGraph(graph, '/v1.0/me', tokens['access_token'])).status).toBe(200);
  });

  test('an authentication context takes another sign-in', async () => {
    const { idp, graph } = await startBoth();
    graph.challenges.requireContext(oidOf(alice), 'c1');
    const tokens = await signInByHand(idp, alice);
    expect(decodeJwt(String(tokens['access_token']))).not.toHaveProperty('acrs');
    const refused = await callGraph(graph, '/v1.0/me', tokens['access_token']);
    expect([refused.status, claimsIn(refused)]).toEqual([401, acrs]);

    const refreshed = await refresh(idp, tokens['refresh_token'], { claims: acrs });
    expect(refreshed.status).toBe(400);
    expect(refreshed.body).toMatchObject({
      error: 'interaction_required',
      suberror: 'basic_action',
      error_codes: [50076],
      error_description: expect.stringMatching(/^AADSTS50076: /),
    });
    expect(idp.tokenCalls.at(-1)).toMatchObject({ status: 400, error: 'interaction_required' });

    const stepped = await signInByHand(idp, alice, { claims: acrs });
    const later = await refresh(idp, stepped['refresh_token'], { claims: acrs });
    for (const token of [stepped['access_token'], later.body['access_token']]) {
      expect(decodeJwt(String(token))).toMatchObject({ acrs: ['c1'] });
      expect((await callGraph(graph, '/v1.0/me', token)).status).toBe(200);
    }
    const other = await refresh(idp, stepped['refresh_token'], {
      claims: acrs.replace('c1', 'c2'),
    });
    expect(other.status).toBe(400);
  });

  test("a client's capabilities are no challenge", async () => {
    const { idp } = await startBoth();
    const tokens = await signInByHand(idp, alice, { claims: capabilities });
    const { status, body } = await refresh(idp, tokens['refresh_token'], { claims: capabilities });
    expect(status).toBe(200);
    expect(decodeJwt(String(body['access_token']))).not.toHaveProperty('acrs');
    expect(idp.tokenCalls.map(({ claims }) => claims)).toEqual([undefined, capabilities]);
  });

  test('MSAL asks for both at once, and says that interaction is required', async () => {
    const { idp } = await startBoth();
    const client = new ConfidentialClientApplication({
      auth: {
        ...authority(idp),
        clientId: idp.clientId,
        clientSecret: idp.clientSecret,
        clientCapabilities: ['CP1'],
      },
    });
    const { refresh_token: refreshToken } = await signInByHand(idp, alice);
    const request = { refreshToken: String(refreshToken), scopes };
    expect(await client.acquireTokenByRefreshToken(request)).toHaveProperty('accessToken');
    await expect(
      client.acquireTokenByRefreshToken({ ...request, claims: acrs }),
    ).rejects.toMatchObject({ errorCode: 'interaction_required', subError: 'basic_action' });
  });
});
