import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import type { TokenFault } from '../../src/lib/auth/tokens/token-fault.ts';

/** What a token endpoint may answer instead of tokens. */
export function tokenFault(fields: Partial<TokenFault> = {}): TokenFault {
  return {
    status: 400,
    error: undefined,
    suberror: undefined,
    errorCodes: [],
    retryAfterSeconds: undefined,
    traceId: undefined,
    severalTenants: false,
    ...fields,
  };
}

/** For the fake token client's endpoint: issues nothing, and answers this. */
export function refuse(fields: Partial<TokenFault>): () => never {
  return () => {
    throw new TokenError(tokenFault(fields));
  };
}
