import { AppError, ConflictError, GoneError } from '../../errors.ts';
import type { StatusChange, TokenRecord, TokenStatus, Versioned } from '../ports.ts';
import { seenBy } from '../tokens/activity.ts';
import { claimsUnmet } from '../tokens/claims-challenge.ts';
import { describeFault, signInEnded, TokenError } from '../tokens/token-error.ts';
import { classifyFault, type TokenFault } from '../tokens/token-fault.ts';
import { isTooLarge, tokensTooLarge, tooLargeReason } from '../tokens/too-large.ts';
import { backOff } from './back-off.ts';
import type { GateFault } from './gate.ts';
import type { RefreshCore, RefreshOutcome, RefreshRequest } from './outcome.ts';

/** When the janitor looks at tokens that nobody can use any more. */
export const lookAfterMs = 24 * 60 * 60 * 1000;
const maxAttempts = 5;

/**
 * Records a failed token call, depending on its class: ends the sign-in, notes a back-off, or records nothing
 * where the operator has to act.
 *
 * @param leased the record, and our lease on it, which is given back.
 */
export async function settleFailure(
  core: RefreshCore,
  request: RefreshRequest,
  leased: Versioned<TokenRecord>,
  met: GateFault & { error: unknown },
): Promise<RefreshOutcome> {
  const { accessToken } = leased;
  const { classified, fault, error } = met;
  switch (classified.class) {
    case 'operator':
      await giveBack(core, leased);
      return { kind: 'failed', error: new AppError('misconfigured', {}, error), accessToken };
    case 'transient':
      return noteBackOff(core, request, leased, { fault, error });
    case 'user':
    case 'administrator':
      if (request.claims !== undefined) {
        // Only the claims were refused. If the sign-in is over, the next refresh will find out.
        await giveBack(core, leased);
        return { kind: 'refused', error: claimsUnmet(request.claims, error) };
      }
      return endSignIn(core, leased, signInEnded(classified.reason, error));
  }
}

/** Classifies an error of the token client; undefined if a token call did not cause it. */
export function faultOf(error: unknown): GateFault | undefined {
  if (error instanceof TokenError) {
    return { classified: classifyFault(error.fault), fault: error.fault };
  }
  if (!(error instanceof AppError)) return undefined;
  // It says nothing about other users, so the breaker ignores it.
  if (isTooLarge(error)) return { classified: { class: 'transient' }, fault: undefined };
  switch (error.code) {
    case 'misconfigured':
      return { classified: { class: 'operator' }, fault: undefined };
    case 'reauth_required':
      return { classified: { class: 'user', reason: 'invalid_grant' }, fault: undefined };
    default:
      return { classified: { class: 'transient' }, fault: undefined };
  }
}

/** The error for callers while a user backs off after failed token calls. */
export function backingOff(
  { retryAt, reason }: TokenStatus,
  now: number,
  cause?: unknown,
): AppError {
  const retryAfterSeconds = Math.max(1, Math.ceil((retryAt - now) / 1000));
  if (reason === tooLargeReason) return tokensTooLarge({ retryAfterSeconds }, cause);
  return new AppError('temporarily_unavailable', { retryAfterSeconds }, cause);
}

/** Releases a lease, best effort: if this fails, the lease expires. */
export async function giveBack(
  { tokens }: RefreshCore,
  leased: Versioned<TokenRecord>,
): Promise<void> {
  const drop = (record: Versioned<TokenRecord>) =>
    tokens.changeStatus(record, { lease: undefined });
  try {
    await drop(leased);
  } catch (error) {
    if (!(error instanceof ConflictError)) return;
    // Another process noted activity, or took the lease after ours expired.
    const present = await tokens.read(leased.user, leased.flow).catch(() => undefined);
    const isOurs = present?.lease && present.lease.owner === leased.lease?.owner;
    if (isOurs) await drop(present).catch(() => undefined);
  }
}

async function noteBackOff(
  core: RefreshCore,
  { by, actor }: RefreshRequest,
  leased: Versioned<TokenRecord>,
  { fault, error }: { fault: TokenFault | undefined; error: unknown },
): Promise<RefreshOutcome> {
  const { now, refreshPolicy, log } = core;
  const failures = leased.failures + 1;
  const told = fault ?? { retryAfterSeconds: undefined, errorCodes: [] };
  const { retryMs, dueMs } = backOff(failures, told, refreshPolicy.random);
  const time = now();
  const change = {
    failures,
    retryAt: time + retryMs,
    dueAt: time + dueMs,
    reason: isTooLarge(error) ? tooLargeReason : undefined,
    lease: undefined,
    ...(by === 'request' && seenBy(actor, time)),
  };
  const { accessToken } = leased;
  const isNoted = await changeLeased(core, leased, change).catch((failure: unknown) => {
    if (failure instanceof GoneError) throw failure;
    log.warn('back-off-not-noted', describeFault(failure));
    return true;
  });
  if (!isNoted) return { kind: 'busy', accessToken };
  return { kind: 'failed', error: backingOff({ ...leased, ...change }, time, error), accessToken };
}

/**
 * Ends a sign-in with a reason. It reads the row again first, because another instance may have stored newer
 * tokens meanwhile.
 */
export async function endSignIn(
  core: RefreshCore,
  leased: Versioned<TokenRecord>,
  error: AppError,
): Promise<RefreshOutcome> {
  const { tokens, now } = core;
  const { user, flow, refreshedAt, accessToken } = leased;
  const present = await tokens.readStatus(user, flow);
  if (!present) return { kind: 'gone' };
  if (present.refreshedAt !== refreshedAt) return { kind: 'busy', accessToken };
  const ended = await changeLeased(core, present, {
    state: 'reauth_required',
    reason: error.public.reason,
    failures: 0,
    retryAt: 0,
    dueAt: now() + lookAfterMs,
    lease: undefined,
  });
  return ended ? { kind: 'refused', error } : { kind: 'busy', accessToken };
}

/**
 * @returns false if newer tokens are there, or none: then nothing is changed.
 * @throws ConflictError if other processes keep changing the row.
 */
async function changeLeased(
  { tokens }: RefreshCore,
  leased: Versioned<TokenStatus>,
  change: StatusChange,
): Promise<boolean> {
  let present: Versioned<TokenStatus> | undefined = leased;
  for (let attempt = 1; ; attempt++) {
    if (present?.refreshedAt !== leased.refreshedAt) return false;
    try {
      await tokens.changeStatus(present, change);
      return true;
    } catch (error) {
      if (!(error instanceof ConflictError) || attempt === maxAttempts) throw error;
      present = await tokens.readStatus(leased.user, leased.flow);
    }
  }
}
