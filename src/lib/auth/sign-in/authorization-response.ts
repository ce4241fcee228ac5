import { createHash, timingSafeEqual } from 'node:crypto';
import { isGuid, sameIssuer } from '../../basics/canonical-id.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import {
  endEarlierSession,
  type OpenedSession,
  type OpeningCore,
  openSession,
} from '../session/open-session.ts';
import type { ClientDescription } from '../session/ports.ts';
import type { IssuedTokens } from '../tokens/token-client.ts';
import { TokenError, toAppError } from '../tokens/token-error.ts';
import { classifyFault } from '../tokens/token-fault.ts';
import { type SignInTransaction, signInLifetimeMs } from './authorization-request.ts';
import { processIdToken, tenantNotAllowed } from './id-token.ts';
import { countRedemption, onlyTenant, spendBudget } from './redemption.ts';

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

type CallbackCore = OpeningCore &
  Pick<
    Core,
    'tokenClient' | 'states' | 'gate' | 'limits' | 'clients' | 'allowedTenants' | 'issuerOf'
  >;

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
  core: CallbackCore,
  response: AuthorizationResponse,
  { transaction, sessionSecret, client }: BrowserState,
): Promise<SignedIn> {
  const startedAt = core.now();
  const request = assertStateMatches(response, transaction, core.now());
  assertIssuer(response, core);
  assertNoError(response);
  const code = assertCode(response);
  await assertMayRedeem(core, request, client);
  const tenant = onlyTenant(core);
  if (tenant !== undefined) spendBudget(core, tenant);
  const tokens = await redeemCode(core, request, code);
  const identity = processIdToken(tokens.idToken, {
    clientId: core.clients.code.clientId,
    nonce: request.nonce,
    allowedTenants: core.allowedTenants,
    issuerOf: core.issuerOf,
    now: core.now(),
  });
  if (tenant === undefined) spendBudget(core, identity.tid);
  assertAwaited(core.now() - startedAt);
  const session = await openSession(core, identity, tokens, { flow: 'code', client });
  await endEarlierSession(core, sessionSecret);
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
function assertIssuer(response: AuthorizationResponse, core: CallbackCore): void {
  const { allowedTenants, issuerOf } = core;
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
  core: CallbackCore,
  request: SignInTransaction,
  client: ClientDescription,
): Promise<void> {
  const giveBack = await countRedemption(core, client);
  try {
    await assertFirstUse(core, request);
  } catch (error) {
    await giveBack();
    throw error;
  }
}

async function assertFirstUse(
  { states }: CallbackCore,
  { state, createdAt }: SignInTransaction,
): Promise<void> {
  if (!(await states.consume(state, createdAt))) {
    throw startAgain('This sign-in has been completed already.');
  }
}

async function redeemCode(
  { tokenClient }: CallbackCore,
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
