import { TokenError } from '../auth/tokens/token-error.ts';
import { AppError, ConflictError, GoneError } from '../errors.ts';
import { type NetworkClient, noAnswer } from './network-client.ts';

/**
 * Runs an operation of MSAL's, and says what its failure means.
 *
 * @throws TokenError if the token endpoint issued nothing, or MSAL has nothing to ask with; errors
 *   of our own as they are; AppError `bad_gateway` if MSAL could make nothing of the answer.
 */
export async function orFailure<T>(
  network: NetworkClient,
  operation: () => Promise<T>,
): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    // MSAL's errors lack the status and the back-off of the answer: the network client has them.
    throw await meaningOf(network.failure() ?? error);
  }
}

async function meaningOf(error: unknown): Promise<unknown> {
  const own = [TokenError, AppError, ConflictError, GoneError].some(
    (type) => error instanceof type,
  );
  if (own) return error;
  const { InteractionRequiredAuthError } = await import('@azure/msal-node');
  if (error instanceof InteractionRequiredAuthError) {
    return new TokenError({ ...noAnswer, status: 400, error: 'interaction_required' }, error);
  }
  const detail = 'The identity provider’s answer was not acceptable. Sign in again.';
  return new AppError('bad_gateway', { detail, login: {} }, error);
}

/** MSAL resolved, and there is no new token. */
export function notRefreshed(): Error {
  return new Error('MSAL answered without a refresh');
}
