import { AppError } from '../../errors.ts';
import {
  classifyFault,
  type FaultClass,
  isForAdministrator,
  type ReauthReason,
  type TokenFault,
} from './token-fault.ts';

/** No tokens were issued. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly fault: TokenFault;

  constructor(fault: TokenFault, cause?: unknown) {
    super(`token endpoint: ${fault.status ?? 'no answer'} ${fault.error ?? ''}`.trim(), { cause });
    this.fault = fault;
  }
}

/** What a caller who needs tokens is told. */
export function toAppError(error: TokenError): AppError {
  const classified = classifyFault(error.fault);
  switch (classified.class) {
    case 'user':
    case 'administrator':
      return signInEnded(classified.reason, error);
    case 'operator':
      return new AppError('misconfigured', {}, error);
    case 'transient': {
      const { retryAfterSeconds = 5 } = error.fault;
      return new AppError('temporarily_unavailable', { retryAfterSeconds }, error);
    }
  }
}

/** The identity provider gives no more tokens until the user has signed in again. */
export function signInEnded(reason = 'interaction_required', cause?: unknown): AppError {
  const detail = isForAdministrator(reason)
    ? 'Your organization does not allow this sign-in any more. Ask its administrator, then sign in again.'
    : 'Your sign-in is no longer valid. Sign in again.';
  return new AppError('reauth_required', { detail, reason, login: {} }, cause);
}

/** Entra's trace id, if a token request that failed is at the bottom of an error. */
export function traceIdOf(error: unknown): string | undefined {
  if (error instanceof TokenError) return error.fault.traceId;
  return error instanceof Error ? traceIdOf(error.cause) : undefined;
}

/** What a log may say of a refresh that failed. */
export function describeFault(error: unknown): Record<string, unknown> {
  if (error instanceof TokenError) {
    const { status, error: code, errorCodes, traceId } = error.fault;
    return { ...describeClass(error.fault), status, code, errorCodes, traceId };
  }
  if (error instanceof AppError) {
    const { reason } = error.public;
    return { code: error.code, ...(reason && { reason }) };
  }
  return { error: error instanceof Error ? error.name : typeof error };
}

function describeClass(fault: TokenFault): { fault: FaultClass; reason?: ReauthReason } {
  const { class: faultClass, ...more } = classifyFault(fault);
  return { fault: faultClass, ...more };
}
