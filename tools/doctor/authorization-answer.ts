import { createHash, randomBytes } from 'node:crypto';
import { createTokenClient } from '../../src/lib/msal/token-client.ts';
import type { Subject } from './check.ts';

/** What the authorization endpoint does with a request that allows it no page for a person. */
export interface AuthorizationAnswer {
  /** It sent the browser back to us, which it does for a redirect URI that it knows, and no other. */
  isRedirected: boolean;
  /** The error that it sent along. @see RFC 6749 section 4.1.2.1 */
  error: string | undefined;
  /** Numbers of Entra's error codes in what it sent or showed. */
  errorCodes: number[];
}

/**
 * Asks as a sign-in does, but with `prompt=none` and as nobody: no sign-in comes of it.
 *
 * @see OpenID Connect Core 1.0 section 3.1.2.1
 */
export async function askAuthorization(
  { send, config, now }: Subject,
  scopes: readonly string[],
): Promise<AuthorizationAnswer> {
  const random = () => randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(random()).digest('base64url');
  // The request holds no credential, so it can be made without one that is good.
  const credential = { kind: 'secret', secret: 'none' } as const;
  const tokenClient = createTokenClient({ config: { ...config, credential }, send, now });
  const url = await tokenClient.authorizationUrl({
    ...{ state: random(), nonce: random(), codeChallenge, scopes, prompt: 'none' },
  });
  const request = { method: 'GET', url, deadlineMs: 10_000, maxBytes: 4 * 1024 * 1024 } as const;
  const { headers, body } = await send(request);
  const location = URL.parse(headers['location'] ?? '', url);
  const isRedirected = location?.href.startsWith(`${config.publicBaseUrl}/callback?`) ?? false;
  const query = isRedirected ? location?.searchParams : undefined;
  const text = isRedirected ? (query?.get('error_description') ?? '') : body;
  return {
    isRedirected,
    error: query?.get('error') ?? undefined,
    errorCodes: [...text.matchAll(/\bAADSTS(\d{5,8})\b/g)].map(([, code]) => Number(code)),
  };
}
