import { decodeJwt } from 'jose';
import { beforeEach, expect, it } from 'vitest';
import type { IdentityProvider } from '../../dev/identity-provider/identity-provider.ts';
import type {
  DeviceAuthorization,
  IssuedTokens,
  TokenClient,
  TokenSlot,
} from '../../src/lib/auth/tokens/token-client.ts';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import type { TokenFault } from '../../src/lib/auth/tokens/token-fault.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { type Config, parseConfig } from '../../src/lib/config/config.ts';
import { createSend, type OutboundRequest } from '../../src/lib/http/outbound-request.ts';
import { createTokenClient } from '../../src/lib/msal/token-client.ts';
import { wrappingKey } from '../support/app.ts';
import { appErrorOf, thrownBy } from '../support/thrown.ts';
import { Browser } from './identity-provider-browser.ts';
import { alice, approve, enterCode, oidOf, start } from './identity-provider-driver.ts';

const scopes = ['User.Read', 'Mail.Read'];
const send = createSend();

let identityProvider: IdentityProvider;
let config: Config;
let client: TokenClient;
/** What was sent to the identity provider. */
let sent: OutboundRequest[];

beforeEach(async () => {
  identityProvider = await start();
  const parsed = parseConfig({
    ...identityProvider.settings(),
    PUBLIC_BASE_URL: 'http://localhost:1',
    TOKEN_STORAGE: 'UseDevelopmentStorage=true',
    LOCAL_WRAPPING_KEY: wrappingKey,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  config = parsed.config;
  client = clientOf(config);
});

function clientOf(given: Config): TokenClient {
  sent = [];
  return createTokenClient({
    config: given,
    now: Date.now,
    send: (request) => {
      sent.push(request);
      return send(request);
    },
  });
}

const formOf = ({ body }: OutboundRequest) => new URLSearchParams(String(body));
const asAnswered = ({ userCode, verificationUri }: DeviceAuthorization) => ({
  ...{ user_code: userCode, verification_uri: verificationUri },
});

/** Of a poll that brings no tokens. */
async function faultOf(authorization: DeviceAuthorization): Promise<TokenFault> {
  const error = await thrownBy(() => client.pollDevice(authorization, scopes));
  if (error instanceof TokenError) return error.fault;
  throw new Error('not a TokenError', { cause: error });
}

/** Alice approves a device. */
async function signInDevice() {
  const authorization = await client.startDevice(scopes);
  await approve(identityProvider, asAnswered(authorization), { user: alice });
  return { authorization, tokens: await client.pollDevice(authorization, scopes) };
}

function slotOf(tokens: IssuedTokens, flow: TokenSlot['flow'] = 'device') {
  const slot = {
    user: userHash({ oid: oidOf(alice), tid: identityProvider.tenantId }),
    flow,
    tenantId: '',
    cache: tokens.cache,
    read: async () => ({ cache: slot.cache, version: '1' }),
    write: async (issued: IssuedTokens) => {
      slot.cache = issued.cache;
      return '2';
    },
  };
  return slot;
}

type CacheEntries = Record<string, Record<string, string>>;

const entriesIn = (cache: string, kind: string) =>
  Object.values((JSON.parse(cache) as Record<string, CacheEntries>)[kind] ?? {});

it('starts with one request, and returns the codes', async () => {
  const authorization = await client.startDevice(scopes);
  expect(authorization).toEqual({
    deviceCode: expect.stringMatching(/.{20}/),
    userCode: expect.stringMatching(/^[\w-]{6,}$/),
    verificationUri: expect.stringContaining(identityProvider.origin),
    expiresIn: 900,
    interval: 5,
  });
  expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
    expect.stringMatching(/\/devicecode$/),
  ]);
  expect(identityProvider.tokenCalls).toEqual([]);
});

it('starts as the public client, for the scopes and a refresh token, without a secret', async () => {
  await client.startDevice(scopes);
  const [form] = sent.map(formOf);
  expect(form?.get('client_id')).toBe(identityProvider.deviceClientId);
  const asked = form?.get('scope')?.split(' ');
  expect(asked).toEqual(expect.arrayContaining([...scopes, 'offline_access', 'openid']));
  expect([form?.has('client_secret'), form?.has('client_assertion')]).toEqual([false, false]);
});

it('asks once while the user has not approved', async () => {
  const authorization = await client.startDevice(scopes);
  sent = [];
  for (const calls of [1, 2]) {
    expect(await faultOf(authorization)).toMatchObject({
      ...{ status: 400, error: 'authorization_pending', errorCodes: [70016] },
    });
    expect(identityProvider.tokenCalls).toHaveLength(calls);
    expect(sent).toHaveLength(calls);
  }
  expect(sent.map(formOf)[0]?.get('device_code')).toBe(authorization.deviceCode);
});

it('brings tokens after the approval, with an ID token for the public client', async () => {
  const { tokens } = await signInDevice();
  expect(tokens.scopes.toSorted()).toEqual(scopes.toSorted());
  expect(tokens.accessToken.expiresAt).toBeGreaterThan(Date.now());
  expect(decodeJwt(tokens.idToken)).toMatchObject({
    ...{ aud: identityProvider.deviceClientId, oid: oidOf(alice), iss: identityProvider.issuer },
  });
  expect(decodeJwt(tokens.idToken)).not.toHaveProperty('nonce');
  expect(identityProvider.tokenCalls).toHaveLength(1);
});

it('brings a cache in MSAL’s form, of one account of the public client', async () => {
  const { tokens } = await signInDevice();
  expect(entriesIn(tokens.cache, 'Account')).toMatchObject([
    { local_account_id: oidOf(alice), realm: identityProvider.tenantId, username: alice },
  ]);
  for (const kind of ['AccessToken', 'RefreshToken', 'IdToken']) {
    expect(entriesIn(tokens.cache, kind)).toMatchObject([
      { client_id: identityProvider.deviceClientId, secret: expect.stringMatching(/.{20}/) },
    ]);
  }
  expect(entriesIn(tokens.cache, 'AccessToken')[0]?.['secret']).toBe(tokens.accessToken.token);
});

it('refreshes that cache as the public client, without a secret', async () => {
  const { tokens } = await signInDevice();
  const slot = slotOf(tokens);
  sent = [];
  const refreshed = await client.refresh(slot, tokens.scopes);
  expect(refreshed.accessToken.token).not.toBe(tokens.accessToken.token);
  expect(slot.cache).toBe(refreshed.cache);
  expect(entriesIn(slot.cache, 'RefreshToken')).toHaveLength(1);
  expect(identityProvider.tokenCalls.at(-1)).toMatchObject({
    ...{ grantType: 'refresh_token', userOid: oidOf(alice), status: 200 },
  });
  const [form, ...others] = sent.map(formOf);
  expect(others).toEqual([]);
  expect(form?.get('client_id')).toBe(identityProvider.deviceClientId);
  expect([form?.has('client_secret'), form?.has('client_assertion')]).toEqual([false, false]);
});

it('brings no tokens of one client in the name of the other', async () => {
  const { tokens } = await signInDevice();
  const slot = slotOf(tokens, 'code');
  await expect(client.refresh(slot, tokens.scopes)).rejects.toBeInstanceOf(TokenError);
  expect(slot.cache).toBe(tokens.cache);
});

it('brings the tokens of a device code once', async () => {
  const { authorization } = await signInDevice();
  expect(await faultOf(authorization)).toMatchObject({ error: 'bad_verification_code' });
});

it('says when the user has declined', async () => {
  const authorization = await client.startDevice(scopes);
  const browser = new Browser(identityProvider.origin);
  const page = await enterCode(browser, asAnswered(authorization));
  await browser.submit(page, { abort: 'yes' });
  expect(await faultOf(authorization)).toMatchObject({ error: 'authorization_declined' });
});

it('reports an answer that is throttled, and a connection that is cut, as token errors', async () => {
  const authorization = await client.startDevice(scopes);
  const headers = { 'retry-after': '17' };
  identityProvider.faults.next(1, { kind: 'answer', status: 429, headers, body: {} });
  expect(await faultOf(authorization)).toMatchObject({ status: 429, retryAfterSeconds: 17 });
  identityProvider.faults.next(1, { kind: 'reset' });
  expect(await faultOf(authorization)).toMatchObject({ status: undefined });
  expect(identityProvider.tokenCalls).toHaveLength(2);
});

it('tells that an unknown public client is refused', async () => {
  client = clientOf({ ...config, device: { clientId: 'nobody', scopes } });
  const error = await thrownBy(() => client.startDevice(scopes));
  if (!(error instanceof TokenError)) throw new Error('not a TokenError', { cause: error });
  expect(error.fault.status).toBeGreaterThanOrEqual(400);
  expect(error.fault.error).toBeDefined();
  expect(sent).toHaveLength(1);
});

it('is misconfigured without a public client, and sends nothing', async () => {
  const { authorization, tokens } = await signInDevice();
  client = clientOf({ ...config, device: undefined });
  const slot = slotOf(tokens);
  const calls = [
    () => client.startDevice(scopes),
    () => client.pollDevice(authorization, scopes),
    () => client.refresh(slot, tokens.scopes),
  ];
  for (const call of calls) expect((await appErrorOf(call)).code).toBe('misconfigured');
  expect(sent).toEqual([]);
  expect(slot.cache).toBe(tokens.cache);
});
