import { createHash, timingSafeEqual } from 'node:crypto';
import { isGuid, sameIssuer } from '../canonical-id.ts';
import { AppError } from '../errors.ts';
import { type SignInTransaction, signInLifetimeMs } from './authorization-request.ts';
import { processIdToken, tenantNotAllowed } from './id-token.ts';
import {
  endEarlierSession,
  type OpenedSession,
  type OpenSessionDependencies,
  openSession,
} from './open-session.ts';
import { countRedemption, onlyTenant, type RedemptionBounds, spendBudget } from './redemption.ts';
import type { ClientDescription, ConsumedStateStore } from './session-ports.ts';
import type { IssuedTokens, TokenClient } from './token-client.ts';
import { TokenError, toAppError } from './token-error.ts';
import { classifyFault } from './token-fault.ts';

/** The query of the callback. @see RFC 6749 section 4.1.2, RFC 9207 for `iss` */
export interface AuthorizationResponse {
  state: string | undefined;
  code: string | undefined;
  error: string | undefined;
  iss: string | undefined;
}

/** What the browser brings along. */
export interface BrowserState {
  /** What its cookie holds for the answer's state, if anything. */
  transaction: SignInTransaction | undefined;
  /** Of the session that it had so far. */
  sessionSecret: string | undefined;
  client: ClientDescription;
}

export interface CallbackDependencies extends OpenSessionDependencies, RedemptionBounds {
  tokenClient: TokenClient;
  states: ConsumedStateStore;
  clientId: string;
  issuerOf: (tenantId: string) => string;
}

export interface SignedIn extends OpenedSession {
  returnTo: string;
}

/** Milliseconds after which nobody waits for the answer: no session is opened that nobody gets. */
const openWithinMs = 6_000;

/**
 * Completes a sign-in: one code, one redemption, one session.
 *
 * @throws AppError with the codes of the contract's `/callback`.
 */
export async function completeSignIn(
  dependencies: CallbackDependencies,
  response: AuthorizationResponse,
  { transaction, sessionSecret, client }: BrowserState,
): Promise<SignedIn> {
  const startedAt = dependencies.now();
  const request = assertStateMatches(response, transaction, dependencies.now());
  assertIssuer(response, dependencies);
  assertNoError(response);
  const code = assertCode(response);
  await assertMayRedeem(dependencies, request, client);
  const tenant = onlyTenant(dependencies);
  if (tenant !== undefined) spendBudget(dependencies, tenant);
  const tokens = await redeemCode(dependencies, request, code);
  const identity = processIdToken(tokens.idToken, {
    clientId: dependencies.clientId,
    nonce: request.nonce,
    allowedTenants: dependencies.allowedTenants,
    issuerOf: dependencies.issuerOf,
    now: dependencies.now(),
  });
  if (tenant === undefined) spendBudget(dependencies, identity.tid);
  assertAwaited(dependencies.now() - startedAt);
  const session = await openSession(dependencies, identity, tokens, { flow: 'code', client });
  await endEarlierSession(dependencies, sessionSecret);
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
  const { iss } = response;
  if (iss === undefined || allowedTenants.some((tenant) => sameIssuer(issuerOf(tenant), iss)))
    return;
  throw isOfAuthority(iss, issuerOf)
    ? tenantNotAllowed()
    : startAgain('The answer came from another identity provider.');
}

/** Whether an issuer is one of the authority's, of whatever tenant. */
function isOfAuthority(iss: string, issuerOf: (tenantId: string) => string): boolean {
  const tenant = iss.split('/').find((part) => isGuid(part));
  return tenant !== undefined && sameIssuer(issuerOf(tenant), iss);
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

/**
 * Counts the redemption and consumes the state. A throttled one consumes nothing, and one that
 * causes no token call doesn't count.
 */
async function assertMayRedeem(
  dependencies: CallbackDependencies,
  request: SignInTransaction,
  client: ClientDescription,
): Promise<void> {
  const giveBack = await countRedemption(dependencies, client);
  try {
    await assertFirstUse(dependencies, request);
  } catch (error) {
    await giveBack();
    throw error;
  }
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
    switch (classifyFault(error.fault).class) {
      case 'user':
        throw startAgain('The authorization code was not accepted.', error);
      case 'administrator':
        throw new AppError(
          'forbidden',
          { detail: 'Your organization does not allow this.' },
          error,
        );
      default:
        throw toAppError(error);
    }
  }
}

function assertAwaited(elapsedMs: number): void {
  if (elapsedMs > openWithinMs) {
    throw new AppError('temporarily_unavailable', {
      detail: 'The identity provider took too long. Sign in again.',
      login: {},
    });
  }
}

function startAgain(detail: string, cause?: unknown): AppError {
  return new AppError('invalid_request', { detail: `${detail} Start again.`, login: {} }, cause);
}

function sameSecret(a: string, b: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(a), digest(b));
}
