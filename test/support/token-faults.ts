import type { TokenFault } from '../../src/lib/auth/token-error.ts';

/** What a token endpoint may answer instead of tokens. */
export function tokenFault(fields: Partial<TokenFault> = {}): TokenFault {
  return {
    status: 400,
    error: undefined,
    suberror: undefined,
    errorCodes: [],
    retryAfterSeconds: undefined,
    traceId: undefined,
    ...fields,
  };
}
