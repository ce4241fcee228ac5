import { createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';

/** Milliseconds in which a sign-in must come back. */
export const signInLifetimeMs = 10 * 60 * 1000;

/** What a caller may choose about a sign-in. */
export interface SignInOptions {
  /** Local path to go to afterwards, already checked. */
  returnTo: string;
  /** Graph scopes beyond those that every sign-in asks. */
  scopes: readonly string[];
  /** A claims challenge, base64url of JSON. */
  claims: string | undefined;
  loginHint: string | undefined;
  domainHint: string | undefined;
  prompt: string | undefined;
}

/** What the callback must know of the request it answers. Kept by the browser, sealed. */
export interface SignInTransaction {
  state: string;
  nonce: string;
  codeVerifier: string;
  returnTo: string;
  scopes: string[];
  claims: string | undefined;
  createdAt: number;
}

const prompts = new Set(['login', 'none', 'consent', 'select_account']);

/**
 * Starts a sign-in with PKCE. Stores nothing.
 *
 * @throws AppError `invalid_request` for a scope outside the allowed set and for unreadable claims.
 * @see RFC 6749 section 4.1.1, RFC 7636 section 4, OpenID Connect Core section 3.1.2.1
 */
export async function beginSignIn(
  core: Pick<Core, 'tokenClient' | 'clients' | 'signInScopes' | 'now'>,
  options: SignInOptions,
): Promise<{ url: string; transaction: SignInTransaction }> {
  const { tokenClient, clients, signInScopes, now } = core;
  assertScopesAllowed(options.scopes, clients.code.scopes);
  assertPrompt(options.prompt);
  const transaction: SignInTransaction = {
    state: randomValue(),
    nonce: randomValue(),
    codeVerifier: randomValue(),
    returnTo: options.returnTo,
    scopes: [...new Set([...signInScopes, ...options.scopes])],
    claims: options.claims === undefined ? undefined : decodeClaims(options.claims),
    createdAt: now(),
  };
  const url = await tokenClient.authorizationUrl({
    state: transaction.state,
    nonce: transaction.nonce,
    codeChallenge: codeChallengeOf(transaction.codeVerifier),
    scopes: transaction.scopes,
    claims: transaction.claims,
    loginHint: options.loginHint,
    domainHint: options.domainHint,
    prompt: options.prompt,
  });
  return { url, transaction };
}

/** 256 random bits, 43 characters of base64url. */
function randomValue(): string {
  return randomBytes(32).toString('base64url');
}

/** @see RFC 7636 section 4.2 */
function codeChallengeOf(codeVerifier: string): string {
  return createHash('sha256').update(codeVerifier).digest('base64url');
}

function assertScopesAllowed(asked: readonly string[], allowed: readonly string[]): void {
  const known = new Set(allowed);
  if (!asked.every((scope) => known.has(scope))) {
    throw new AppError('invalid_request', {
      detail: 'scope names a scope that this app may not ask for (see GRAPH_SCOPES).',
    });
  }
}

function assertPrompt(prompt: string | undefined): void {
  if (prompt !== undefined && !prompts.has(prompt)) {
    throw new AppError('invalid_request', {
      detail: 'prompt must be login, none, consent or select_account.',
    });
  }
}

function decodeClaims(claims: string): string {
  try {
    const json = Buffer.from(claims, 'base64url').toString('utf8');
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return json;
  } catch {
    // Falls through to the one answer for all that is not a claims challenge.
  }
  throw new AppError('invalid_request', {
    detail: 'claims must be a claims challenge: a JSON object in base64url.',
  });
}
