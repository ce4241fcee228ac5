import { AppError } from '../../errors.ts';

/** The reason of {@link tokensTooLarge}, which a token record keeps while it is backing off. */
export const tooLargeReason = 'tokens_too_large';

/**
 * The identity provider issued more than storage keeps of one user. It ends no sign-in, because
 * what was stored before stays; and only the operator, or an administrator, can mend it, because
 * another try brings tokens of the same size.
 */
export function tokensTooLarge(
  { retryAfterSeconds = 60 }: { retryAfterSeconds?: number } = {},
  cause?: unknown,
): AppError {
  const detail =
    'Your tokens are too large to be stored. An administrator has to issue smaller ones: with fewer groups, roles or optional claims.';
  return new AppError(
    'misconfigured',
    { detail, reason: tooLargeReason, retryAfterSeconds },
    cause,
  );
}

export function isTooLarge(error: unknown): boolean {
  return error instanceof AppError && error.public.reason === tooLargeReason;
}
