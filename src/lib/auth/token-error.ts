import { AppError } from '../errors.ts';

/** Who can mend a failed token request: the user, the operator of this app, or time. */
export type FaultClass = 'user' | 'operator' | 'transient';

/** What the token endpoint answered, or that it didn't. Holds no token, code or description. */
export interface TokenFault {
  /** HTTP status; undefined if no answer came. */
  status: number | undefined;
  /** @see RFC 6749 section 5.2 */
  error: string | undefined;
  suberror: string | undefined;
  /** Numbers of Entra's error codes, as in AADSTS50196. */
  errorCodes: readonly number[];
  retryAfterSeconds: number | undefined;
  /** Entra's trace id, for a support case. */
  traceId: string | undefined;
}

/** No tokens were issued. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly fault: TokenFault;

  constructor(fault: TokenFault, cause?: unknown) {
    super(`token endpoint: ${fault.status ?? 'no answer'} ${fault.error ?? ''}`.trim(), { cause });
    this.fault = fault;
  }
}

const userErrors = new Set([
  'invalid_grant',
  'interaction_required',
  'consent_required',
  'login_required',
]);

const operatorErrors = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_resource',
  'unsupported_grant_type',
  'invalid_request',
]);

/** AADSTS50196: Entra throttles one user's requests, and says so as `invalid_grant`. */
const throttledUser = 50196;

export function classifyFault(fault: TokenFault): FaultClass {
  if (fault.status === undefined || fault.status === 429 || fault.status >= 500) return 'transient';
  if (fault.errorCodes.includes(throttledUser)) return 'transient';
  if (fault.error && userErrors.has(fault.error)) return 'user';
  if (fault.error && operatorErrors.has(fault.error)) return 'operator';
  return 'transient';
}

/** What a caller who needs tokens is told. */
export function toAppError(error: TokenError): AppError {
  switch (classifyFault(error.fault)) {
    case 'user':
      return new AppError('reauth_required', { reason: reasonOf(error.fault), login: {} }, error);
    case 'operator':
      return new AppError('misconfigured', {}, error);
    case 'transient':
      return new AppError(
        'temporarily_unavailable',
        { retryAfterSeconds: error.fault.retryAfterSeconds ?? 5 },
        error,
      );
  }
}

/** What a log may say of a refresh that failed. */
export function describeFault(error: unknown): Record<string, unknown> {
  if (error instanceof TokenError) {
    const { status, error: code, errorCodes, traceId } = error.fault;
    return { fault: classifyFault(error.fault), status, code, errorCodes, traceId };
  }
  if (error instanceof AppError) return { code: error.code };
  return { error: error instanceof Error ? error.name : typeof error };
}

function reasonOf(fault: TokenFault): string {
  return fault.error && userErrors.has(fault.error) ? fault.error : 'interaction_required';
}
