import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LoopbackServers, listenOnLoopback } from '../../dev/loopback-servers.ts';
import { loadCredential } from '../../src/lib/msal/client-credential.ts';

/** The platform's identity endpoint, as App Service and Functions have it. */
let endpoint: LoopbackServers;
const asked: URLSearchParams[] = [];

beforeAll(async () => {
  endpoint = await listenOnLoopback(0, (request, response) => {
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    asked.push(query);
    response.setHeader('content-type', 'application/json');
    if (query.get('client_id') === 'unknown') {
      response.statusCode = 400;
      response.end('{"statusCode":400,"message":"No User Assigned identity found"}');
      return;
    }
    const expires = Math.floor(Date.now() / 1000) + 3600;
    response.end(
      JSON.stringify({ access_token: 'assertion-1', expires_on: expires, token_type: 'Bearer' }),
    );
  });
  process.env['IDENTITY_ENDPOINT'] = `${endpoint.origin}/msi/token`;
  process.env['IDENTITY_HEADER'] = 'header';
});

afterAll(async () => {
  delete process.env['IDENTITY_ENDPOINT'];
  delete process.env['IDENTITY_HEADER'];
  await endpoint.close();
});

const cloud = 'https://login.microsoftonline.com';

it('asks for the token exchange, as the identity that is named, and once', async () => {
  const credential = { kind: 'managed-identity', clientId: 'identity-1' } as const;
  const { options, check } = await loadCredential(credential, cloud);
  await check();
  const assertion = options.clientAssertion;
  if (typeof assertion !== 'function') throw new Error('no assertion');
  const config = { clientId: 'client', tokenEndpoint: `${cloud}/token` };
  expect(await assertion(config)).toBe('assertion-1');
  expect(await assertion(config)).toBe('assertion-1');
  expect(asked).toHaveLength(1);
  expect(asked[0]?.get('resource')).toBe('api://AzureADTokenExchange');
  expect(asked[0]?.get('client_id')).toBe('identity-1');
});

it('says which settings to check when there is no such identity', async () => {
  const credential = { kind: 'managed-identity', clientId: 'unknown' } as const;
  const { check } = await loadCredential(credential, cloud);
  await expect(check()).rejects.toMatchObject({
    code: 'misconfigured',
    public: { detail: expect.stringContaining('ENTRA_MANAGED_IDENTITY_CLIENT_ID') },
  });
});

it('asks of a national cloud what that calls the token exchange', async () => {
  const credential = { kind: 'managed-identity', clientId: 'identity-2' } as const;
  const { check } = await loadCredential(credential, 'https://login.microsoftonline.us');
  await check();
  expect(asked.at(-1)?.get('resource')).toBe('api://AzureADTokenExchangeUSGov');
});
