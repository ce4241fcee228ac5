import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { SignInTransaction } from './authorization-request.ts';
import { processIdToken } from './id-token.ts';
import type {
  Clock,
  ConsumedStateStore,
  IssuedTokens,
  SessionStore,
  TokenClient,
  TokenStore,
} from './ports.ts';
import { dueTime, type RefreshPolicy } from './refresh-schedule.ts';
import { newSessionSecret, type SessionPolicy } from './session.ts';
import { classifyFault, TokenError, toAppError } from './token-error.ts';
import { type UserHash, type UserIdentity, userHash } from './user.ts';

/** The query of the callback. @see RFC 6749 section 4.1.2, RFC 9207 for `iss` */
export interface AuthorizationResponse {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
  iss: string | undefined;
}

export interface CallbackDependencies {
  tokenClient: TokenClient;
  tokens: TokenStore;
  sessions: SessionStore;
  states: ConsumedStateStore;
  clientId: string;
  allowedTenants: readonly string[];
  issuerOf: (tenantId: string) => string;
  sessionPolicy: SessionPolicy;
  refreshPolicy: RefreshPolicy;
  now: Clock;
}

export interface SignedIn {
  user: UserHash;
  /** The new session's secret: goes into the cookie and nowhere else. */
  sessionSecret: string;
  expiresAt: number;
  returnTo: string;
}

/** Milliseconds in which a sign-in must come back. */
export const signInLifetimeMs = 10 * 60 * 1000;

/**
 * Completes a sign-in: one code, one redemption, one session.
 *
 * @param transaction what this browser's cookie holds for the answer's state, if anything.
 * @throws AppError with the codes of the contract's `/callback`.
 */
export async function completeSignIn(
  dependencies: CallbackDependencies,
  response: AuthorizationResponse,
  transaction: SignInTransaction | undefined,
): Promise<SignedIn> {
  const request = assertStateMatches(response, transaction, dependencies.now());
  assertIssuer(response, dependencies);
  assertNoError(response);
  const code = assertCode(response);
  await assertFirstUse(dependencies, request);
  const tokens = await redeemCode(dependencies, request, code);
  const identity = processIdToken(tokens.idToken, {
    clientId: dependencies.clientId,
    nonce: request.nonce,
    allowedTenants: dependencies.allowedTenants,
    issuerOf: dependencies.issuerOf,
    now: dependencies.now(),
  });
  const session = await openSession(dependencies, identity, tokens);
  return { ...session, returnTo: request.returnTo };
}

function assertStateMatches(
  response: AuthorizationResponse,
  transaction: SignInTransaction | undefined,
  now: number,
): SignInTransaction {
  const matches =
    transaction !== undefined &&
    response.state !== undefined &&
    sameSecret(response.state, transaction.state) &&
    now - transaction.createdAt < signInLifetimeMs;
  if (!matches) throw startAgain('This sign-in was not started in this browser, or too long ago.');
  return transaction;
}

/** The authority is pinned; one that names itself must be it. @see RFC 9207 section 2.4 */
function assertIssuer(response: AuthorizationResponse, dependencies: CallbackDependencies): void {
  const { allowedTenants, issuerOf } = dependencies;
  if (response.iss === undefined) return;
  if (!allowedTenants.some((tenant) => issuerOf(tenant) === response.iss)) {
    throw startAgain('The answer came from another identity provider.');
  }
}

/** Entra's own text is never passed on: anybody can put anything there. */
function assertNoError({ error }: AuthorizationResponse): void {
  switch (error) {
    case undefined:
      return;
    case 'access_denied':
      throw new AppError('forbidden', { detail: 'Sign-in was cancelled.', login: {} });
    case 'consent_required':
    case 'interaction_required':
    case 'login_required':
      throw new AppError('reauth_required', {
        detail: 'Signing in needs your answer.',
        reason: error,
        login: {},
      });
    case 'temporarily_unavailable':
    case 'server_error':
      throw new AppError('temporarily_unavailable', {
        detail: 'The identity provider is not available. Try again shortly.',
        login: {},
      });
    default:
      throw startAgain('The identity provider refused the sign-in.');
  }
}

function assertCode({ code }: AuthorizationResponse): string {
  if (!code) throw startAgain('The answer holds no authorization code.');
  return code;
}

async function assertFirstUse(
  { states }: CallbackDependencies,
  { state, createdAt }: SignInTransaction,
): Promise<void> {
  if (!(await states.consume(state, createdAt))) {
    throw startAgain('This sign-in has been completed already.');
  }
}

async function redeemCode(
  { tokenClient }: CallbackDependencies,
  request: SignInTransaction,
  code: string,
): Promise<IssuedTokens & { idToken: string }> {
  try {
    return await tokenClient.redeem({
      code,
      codeVerifier: request.codeVerifier,
      nonce: request.nonce,
      scopes: request.scopes,
      claims: request.claims,
    });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    if (classifyFault(error.fault) === 'user') {
      throw startAgain('The authorization code was not accepted.', error);
    }
    throw toAppError(error);
  }
}

async function openSession(
  dependencies: CallbackDependencies,
  identity: UserIdentity,
  tokens: IssuedTokens,
): Promise<{ user: UserHash; sessionSecret: string; expiresAt: number }> {
  const now = dependencies.now();
  const user = userHash(identity);
  const expiresAt = now + dependencies.sessionPolicy.maxMs;
  const { secret, key } = newSessionSecret(expiresAt);
  const flow = 'code';
  // Listed first: a session that is not on its user's list could not be ended from another one.
  await dependencies.tokens.signIn(
    {
      user,
      flow,
      cache: tokens.cache,
      accessToken: tokens.accessToken,
      accessTokenExpiresAt: tokens.accessToken.expiresAt,
      scopes: tokens.scopes,
      refreshedAt: now,
      refreshedBy: 'request',
      dueAt: dueTime(dependencies.refreshPolicy, now, tokens.accessToken.expiresAt),
      lease: undefined,
    },
    { hash: key.hash, expiresAt },
  );
  await dependencies.sessions.create(key, {
    user,
    identity,
    flow,
    kind: 'browser',
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
  });
  return { user, sessionSecret: secret, expiresAt };
}

function startAgain(detail: string, cause?: unknown): AppError {
  return new AppError('invalid_request', { detail: `${detail} Start again.`, login: {} }, cause);
}

function sameSecret(a: string, b: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
