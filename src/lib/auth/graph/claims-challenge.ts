import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { Flow, UserHash } from '../user.ts';

/**
 * Graph wants a token that says more, or is newer: `claims` is what to ask the token endpoint for.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export class ClaimsChallenge extends Error {
  override readonly name = 'ClaimsChallenge';
  /** JSON. */
  readonly claims: string;

  constructor(claims: string) {
    super('insufficient_claims');
    this.claims = claims;
  }
}

/** The user has to meet a challenge themselves. */
export function claimsUnmet(claims: string, cause?: unknown): AppError {
  return new AppError(
    'reauth_required',
    {
      detail: 'Microsoft Graph asks for more than this sign-in has. Sign in again.',
      reason: 'claims_challenge',
      login: { claims: Buffer.from(claims).toString('base64url') },
    },
    cause,
  );
}

/**
 * Remembers tokens that no silent refresh could better, so that callers who ask again and again
 * don't become token calls again and again.
 */
export interface UnmetChallenges {
  has(user: UserHash, flow: Flow, token: string): boolean;
  add(user: UserHash, flow: Flow, token: string): void;
}

export function createUnmetChallenges(maxUsers = 10_000): UnmetChallenges {
  const tokens = new Map<string, string>();
  const digest = (token: string) => createHash('sha256').update(token).digest('base64');
  return {
    has: (user, flow, token) => tokens.get(`${user}|${flow}`) === digest(token),
    add(user, flow, token) {
      const [oldest] = tokens.keys();
      if (tokens.size >= maxUsers && oldest !== undefined) tokens.delete(oldest);
      tokens.set(`${user}|${flow}`, digest(token));
    },
  };
}
