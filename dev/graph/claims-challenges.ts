import type { Caller } from './access-token.ts';
import { type GraphError, invalidToken } from './graph-error.ts';

/** A token that Graph wants replaced: the error, and the `WWW-Authenticate` header that says how. */
export interface ClaimsChallenge {
  readonly error: GraphError;
  readonly header: string;
}

const revoked: GraphError = {
  ...invalidToken,
  message:
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and ' +
    'code: TokenIssuedBeforeRevocationTimestamp',
};

const contextMissing: GraphError = {
  ...invalidToken,
  message: 'The presented access token does not satisfy the required authentication context.',
};

/**
 * Tokens that are valid and yet refused, as by Continuous Access Evaluation. Unlike Graph, this
 * challenges every client, also one that hasn't declared the capability `cp1`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export class ClaimsChallenges {
  readonly #revokedAt = new Map<string, { readonly exact: number; readonly seconds: number }>();
  readonly #contexts = new Map<string, Set<string>>();

  /** Refuses the tokens that the user has by now. One that is issued later is accepted. */
  revoke(userOid: string): void {
    this.#revokedAt.set(userOid, {
      exact: performance.timeOrigin + performance.now(),
      seconds: Math.floor(Date.now() / 1000),
    });
  }

  /** Refuses tokens of the user without `context` (such as `c1`) in their claim `acrs`. */
  requireContext(userOid: string, context: string): void {
    const contexts = this.#contexts.get(userOid) ?? new Set();
    this.#contexts.set(userOid, contexts.add(context));
  }

  /** Takes back all of it. */
  clear(): void {
    this.#revokedAt.clear();
    this.#contexts.clear();
  }

  /** Undefined when the token may be used. */
  challenge({ userOid, issuedAt, contexts }: Caller): ClaimsChallenge | undefined {
    const revocation = this.#revokedAt.get(userOid);
    if (revocation && issuedAt <= revocation.exact) {
      return { error: revoked, header: headerFor('nbf', String(revocation.seconds)) };
    }
    const missing = [...(this.#contexts.get(userOid) ?? [])].find((name) => !contexts.has(name));
    return missing === undefined
      ? undefined
      : { error: contextMissing, header: headerFor('acrs', missing) };
  }
}

function headerFor(claim: string, value: string): string {
  const claims = JSON.stringify({ access_token: { [claim]: { essential: true, value } } });
  return [
    'Bearer realm=""',
    'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
    'client_id="00000003-0000-0000-c000-000000000000"',
    'error="insufficient_claims"',
    `claims="${Buffer.from(claims).toString('base64')}"`,
  ].join(', ');
}
