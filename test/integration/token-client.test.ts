import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { IdTokenFault } from '../../dev/identity-provider/id-token-fault.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../dev/identity-provider/identity-provider.ts';
import type { IssuedTokens, TokenSlot } from '../../src/lib/auth/tokens/token-client.ts';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import { userHash } from '../../src/lib/auth/user.ts';
import { type Config, parseConfig } from '../../src/lib/config/config.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { createSend } from '../../src/lib/http/outbound-request.ts';
import { createTokenClient } from '../../src/lib/msal/token-client.ts';
import { wrappingKey } from '../support/app.ts';
import { createBrowserClient } from '../support/browser-client.ts';
import { oidOf } from '../support/users.ts';

const origin = 'http://localhost:1';
const codeVerifier = 'v'.repeat(43);

let identityProvider: IdentityProvider;
let config: Config;

beforeAll(async () => {
  identityProvider = await startIdentityProvider({ redirectUris: [`${origin}/callback`] });
  const parsed = parseConfig({
    ...identityProvider.settings(),
    PUBLIC_BASE_URL: origin,
    TOKEN_STORAGE: 'UseDevelopmentStorage=true',
    LOCAL_WRAPPING_KEY: wrappingKey,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  config = parsed.config;
});

beforeEach(() => identityProvider.faults.clear());

afterAll(() => identityProvider.close());

const client = () => createTokenClient({ config, send: createSend(), now: Date.now });

/** Signs in at the stand-in. @returns the authorization code. */
async function authorize(username: string): Promise<string> {
  const url = await client().authorizationUrl({
    state: 'state',
    nonce: 'nonce',
    codeChallenge: await challengeOf(codeVerifier),
    scopes: ['User.Read'],
    prompt: 'select_account',
  });
  const browser = createBrowserClient();
  const page = await browser.navigate(url);
  const body = new URLSearchParams({ user: username });
  const isCallback = (at: string) => at.startsWith(origin);
  const arrival = await browser.navigate(page.url, { method: 'POST', body }, isCallback);
  return new URL(arrival.url).searchParams.get('code') ?? '';
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(verifier));
  return Buffer.from(digest).toString('base64url');
}

async function redeem(username = 'alice@evergreen.example') {
  const code = await authorize(username);
  return client().redeem({ code, codeVerifier, nonce: 'nonce', scopes: ['User.Read'] });
}

/** A record in memory. */
function slotFor(username: string, tokens: IssuedTokens): TokenSlot & { cache: string } {
  let version = 1;
  return {
    user: userHash({ oid: oidOf(username), tid: identityProvider.tenantId }),
    flow: 'code',
    tenantId: '',
    cache: tokens.cache,
    async read() {
      return { cache: this.cache, version: String(version) };
    },
    async write(issued, expected) {
      if (expected !== String(version)) throw new ConflictError();
      this.cache = issued.cache;
      version += 1;
      return String(version);
    },
  };
}

const refreshTokensIn = (cache: string) =>
  Object.values(
    (JSON.parse(cache) as { RefreshToken: Record<string, { secret: string }> }).RefreshToken,
  );

it('redeems a code: tokens, scopes, and an ID token', async () => {
  const tokens = await redeem();
  expect(tokens.scopes).toEqual(['User.Read']);
  expect(tokens.accessToken.expiresAt).toBeGreaterThan(Date.now());
  expect(tokens.idToken.split('.')).toHaveLength(3);
  expect(refreshTokensIn(tokens.cache)).toHaveLength(1);
});

it('refreshes although the token at hand would do for long', async () => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  const refreshed = await client().refresh(slot, tokens.scopes);
  expect(refreshed.accessToken.token).not.toBe(tokens.accessToken.token);
  expect(slot.cache).toBe(refreshed.cache);
  expect(refreshTokensIn(slot.cache)).toHaveLength(1);
  expect(refreshTokensIn(slot.cache)).not.toEqual(refreshTokensIn(tokens.cache));
});

it('writes no other user’s tokens into a slot', async () => {
  const tokens = await redeem('alice@evergreen.example');
  const slot = slotFor('bob@evergreen.example', tokens);
  await expect(client().refresh(slot, tokens.scopes)).rejects.toMatchObject({
    code: 'bad_gateway',
  });
  expect(slot.cache).toBe(tokens.cache);
});

it('drops the tokens when the user has signed out meanwhile', async () => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  slot.write = async () => {
    throw new GoneError();
  };
  await expect(client().refresh(slot, tokens.scopes)).rejects.toBeInstanceOf(GoneError);
});

it('goes on with providers that send no ID token, scopes or refresh token with a refresh', async () => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  const bare = { token_type: 'Bearer', expires_in: 3600 };
  const answer = (body: object) =>
    identityProvider.faults.next(1, { kind: 'answer', status: 200, body });
  answer({ ...bare, access_token: 'access-2', refresh_token: 'refresh-2' });
  answer({ ...bare, access_token: 'access-3' });

  const second = await client().refresh(slot, tokens.scopes);
  expect(second).toMatchObject({ accessToken: { token: 'access-2' }, scopes: ['User.Read'] });
  expect(refreshTokensIn(slot.cache)).toMatchObject([{ secret: 'refresh-2' }]);

  const third = await client().refresh(slot, second.scopes);
  expect(third.accessToken.token).toBe('access-3');
  expect(refreshTokensIn(slot.cache)).toMatchObject([{ secret: 'refresh-2' }]);
});

it('keeps the status, Retry-After and Entra’s numbers of a refusal', async () => {
  const tokens = await redeem();
  identityProvider.faults.next(1, {
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': '17' },
    body: { error: 'invalid_grant', suberror: 'bad_token', error_codes: [50196] },
  });
  const slot = slotFor('alice@evergreen.example', tokens);
  const refused = await client()
    .refresh(slot, tokens.scopes)
    .catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(TokenError);
  expect((refused as TokenError).fault).toMatchObject({
    status: 429,
    error: 'invalid_grant',
    suberror: 'bad_token',
    errorCodes: [50196],
    retryAfterSeconds: 17,
  });
  expect(slot.cache).toBe(tokens.cache);
});

it('reports a refused code, and a connection that is cut, as token errors', async () => {
  const wrong = client().redeem({ code: 'x', codeVerifier, nonce: 'nonce', scopes: ['User.Read'] });
  await expect(wrong).rejects.toMatchObject({ fault: { status: 400, error: 'invalid_grant' } });
  identityProvider.faults.next(1, { kind: 'reset' });
  const cut = client().redeem({ code: 'x', codeVerifier, nonce: 'nonce', scopes: ['User.Read'] });
  await expect(cut).rejects.toMatchObject({ fault: { status: undefined } });
});

it('takes a lifetime that is a text, or an hour where none is told', async () => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  const bare = { token_type: 'Bearer', access_token: 'access' };
  const answer = (body: object) =>
    identityProvider.faults.next(1, { kind: 'answer', status: 200, body });
  answer({ ...bare, expires_in: '600' });
  const tenMinutes = await client().refresh(slot, tokens.scopes);
  expect(tenMinutes.accessToken.expiresAt - Date.now()).toBeGreaterThan(9 * 60_000);
  expect(tenMinutes.accessToken.expiresAt - Date.now()).toBeLessThan(11 * 60_000);
  answer(bare);
  const anHour = await client().refresh(slot, tokens.scopes);
  expect(anHour.accessToken.expiresAt - Date.now()).toBeGreaterThan(59 * 60_000);
});

it('asks for a sign-in where there is no refresh token', async () => {
  const tokens = await redeem();
  const cache = JSON.stringify({ ...JSON.parse(tokens.cache), RefreshToken: {} });
  const slot = slotFor('alice@evergreen.example', { ...tokens, cache });
  const refused = client().refresh(slot, tokens.scopes);
  await expect(refused).rejects.toMatchObject({ fault: { error: 'interaction_required' } });
});

it('takes no tokens that are filed under somebody else', async () => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  const bob = { uid: oidOf('bob@evergreen.example'), utid: identityProvider.tenantId };
  const clientInfo = Buffer.from(JSON.stringify(bob)).toString('base64url');
  identityProvider.faults.next(1, {
    kind: 'answer',
    status: 200,
    body: { token_type: 'Bearer', access_token: 'of-bob', client_info: clientInfo },
  });
  const refused = client().refresh(slot, tokens.scopes);
  await expect(refused).rejects.toMatchObject({ code: 'bad_gateway' });
  expect(slot.cache).toBe(tokens.cache);
});

it.each<[string, IdTokenFault]>([
  ['another user', { claims: (good) => ({ ...good, oid: oidOf('bob@evergreen.example') }) }],
  ['another subject', { claims: (good) => ({ ...good, sub: 'other' }) }],
  ['another issuer', { claims: (good) => ({ ...good, iss: 'https://evil.example' }) }],
  ['another client', { claims: (good) => ({ ...good, aud: 'other' }) }],
  ['nobody, unsigned', { alg: 'none' }],
])('takes no tokens that come with an ID token of %s', async (_, fault) => {
  const tokens = await redeem();
  const slot = slotFor('alice@evergreen.example', tokens);
  identityProvider.faults.idToken = fault;
  const refused = client().refresh(slot, tokens.scopes);
  await expect(refused).rejects.toMatchObject({ code: 'bad_gateway' });
  expect(slot.cache).toBe(tokens.cache);
});

it('can make nothing of a sign-in with another nonce', async () => {
  identityProvider.faults.idToken = { claims: (claims) => ({ ...claims, nonce: 'other' }) };
  await expect(redeem()).rejects.toMatchObject({ code: 'bad_gateway' });
});
