import { createHash, randomBytes } from 'node:crypto';
import {
  type AccountInfo,
  type AuthenticationResult,
  ConfidentialClientApplication,
} from '@azure/msal-node';
import { afterEach, expect, vi } from 'vitest';
import { type Graph, startGraph } from '../../dev/graph/graph.ts';
import {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
} from '../../dev/identity-provider/identity-provider.ts';
import { seededUsers } from '../../dev/identity-provider/users.ts';
import { Browser, type Landing } from './identity-provider-browser.ts';

export const redirectUri = 'http://localhost:7071/callback';
export const alice = 'alice@evergreen.example';
export const bob = 'bob@evergreen.example';
export const scopes = ['User.Read'];
/** What a test leaves to be closed after it, in reverse order. */
export const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

export type Answer = Record<string, unknown>;

export async function start(
  options: Partial<IdentityProviderOptions> = {},
): Promise<IdentityProvider> {
  const idp = await startIdentityProvider({ redirectUris: [redirectUri], ...options });
  closing.push(() => idp.close());
  return idp;
}

export async function startBoth(): Promise<{ idp: IdentityProvider; graph: Graph }> {
  const idp = await start();
  const graph = await startGraph({ identityProvider: idp });
  closing.push(() => graph.close());
  return { idp, graph };
}

export function authority(idp: IdentityProvider) {
  const { host } = new URL(idp.origin);
  return {
    authority: `https://${host}/${idp.tenantId}`,
    knownAuthorities: [host],
    authorityMetadata: idp.settings()['ENTRA_AUTHORITY_METADATA'] ?? '',
  };
}

export async function signInWithMsal(idp: IdentityProvider, username: string) {
  const client = new ConfidentialClientApplication({
    auth: { ...authority(idp), clientId: idp.clientId, clientSecret: idp.clientSecret },
  });
  const codeVerifier = newVerifier();
  const url = await client.getAuthCodeUrl({
    scopes,
    redirectUri,
    codeChallenge: challengeOf(codeVerifier),
    codeChallengeMethod: 'S256',
    state: 'a state',
    nonce: 'a nonce',
  });
  const browser = new Browser(idp.origin);
  const list = await browser.get(url);
  const landing = await browser.submit(list, { user: username });
  const code = landing.url.searchParams.get('code') ?? '';
  const result = await client.acquireTokenByCode({
    code,
    scopes,
    redirectUri,
    codeVerifier,
    nonce: 'a nonce',
  });
  return { client, result };
}

/** The sign-in of a browser, to the point where it comes back to the application. */
export async function browse(
  browser: Browser,
  idp: IdentityProvider,
  username: string,
  verifier = newVerifier(),
  parameters: Record<string, string> = {},
  tenant = idp.tenantId,
): Promise<Landing> {
  const list = await browser.get(authorizeUrl(idp, verifier, parameters, tenant));
  return browser.submit(list, { user: username });
}

export async function signInByHand(
  idp: IdentityProvider,
  username: string,
  parameters: Record<string, string> = {},
  tenant = idp.tenantId,
): Promise<Answer> {
  const verifier = newVerifier();
  const browser = new Browser(idp.origin);
  const landing = await browse(browser, idp, username, verifier, parameters, tenant);
  return redeem(idp, landing, verifier, tenant);
}

export function authorizeUrl(
  idp: IdentityProvider,
  verifier: string,
  parameters: Record<string, string> = {},
  tenant = idp.tenantId,
): URL {
  const url = new URL(`/${tenant}/oauth2/v2.0/authorize`, idp.origin);
  url.search = new URLSearchParams({
    client_id: idp.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access User.Read',
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    state: 'a state',
    nonce: 'a nonce',
    claims: '{"id_token":{"login_hint":null}}',
    ...parameters,
  }).toString();
  return url;
}

export async function redeem(
  idp: IdentityProvider,
  { url }: Landing,
  verifier: string,
  tenant = idp.tenantId,
): Promise<Answer> {
  const { body } = await post(
    idp,
    'token',
    {
      grant_type: 'authorization_code',
      client_id: idp.clientId,
      client_secret: idp.clientSecret,
      code: url.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    },
    tenant,
  );
  return body;
}

export function refresh(
  idp: IdentityProvider,
  token: unknown,
  parameters: Record<string, string> = {},
) {
  return post(idp, 'token', {
    grant_type: 'refresh_token',
    client_id: idp.clientId,
    client_secret: idp.clientSecret,
    refresh_token: String(token),
    ...parameters,
  });
}

export async function post(
  idp: IdentityProvider,
  endpoint: string,
  form: Record<string, string>,
  tenant = idp.tenantId,
) {
  const response = await fetch(`${idp.origin}/${tenant}/oauth2/v2.0/${endpoint}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return { status: response.status, headers: response.headers, body: await json(response) };
}

export async function startDevice(idp: IdentityProvider): Promise<Answer> {
  const { status, body } = await post(idp, 'devicecode', {
    client_id: idp.deviceClientId,
    scope: 'openid profile offline_access User.Read',
  });
  expect(status).toBe(200);
  return body;
}

export function pollDevice(idp: IdentityProvider, device: Answer, grantType = 'device_code') {
  return post(idp, 'token', {
    grant_type: grantType,
    client_id: idp.deviceClientId,
    device_code: String(device['device_code']),
  });
}

export async function enterCode(browser: Browser, device: Answer): Promise<Landing> {
  const form = await browser.get(String(device['verification_uri']));
  return browser.submit(form, { user_code: String(device['user_code']) });
}

export async function approve(
  idp: IdentityProvider,
  device: Answer,
  button: Record<string, string>,
  browser = new Browser(idp.origin),
): Promise<Landing> {
  const confirm = await enterCode(browser, device);
  const list = await browser.submit(confirm, {});
  return browser.submit(list, button);
}

export function callGraph(graph: Graph, path: string, token: unknown): Promise<Response> {
  return fetch(graph.origin + path, {
    headers: {
      'client-request-id': 'my-id',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
}

export async function json(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}

export function tokenUrl(idp: IdentityProvider): string {
  return `${idp.origin}/${idp.tenantId}/oauth2/v2.0/token`;
}

export function accountOf(result: AuthenticationResult): AccountInfo {
  if (!result.account) throw new Error('no account');
  return result.account;
}

export function oidOf(username: string): string {
  return seededUsers.find((user) => user.username === username)?.oid ?? '';
}

export function newVerifier(): string {
  return randomBytes(32).toString('base64url');
}

export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
