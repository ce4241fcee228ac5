import { AppError, ConflictError, GoneError } from '../errors.ts';

const maxAttempts = 8;
/** Milliseconds between attempts at most, times the attempt: who comes at once must spread. */
const longestPauseMs = 40;

/** Runs an operation that reads before it writes again if a row changed in between. */
export async function retryConflicts<T>(
  sleep: (ms: number) => Promise<void>,
  operation: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof GoneError)) throw error;
      await sleep(Math.random() * longestPauseMs * attempt);
    }
  }
  throw new AppError('temporarily_unavailable', {
    detail: 'Too many changes at once for this user. Try again.',
  });
}
