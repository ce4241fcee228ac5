import { createHash } from 'node:crypto';
import { setBounded } from '../../basics/bounded-map.ts';
import { parseObject } from '../../basics/json-object.ts';
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

/** Who was challenged, and for which claims (JSON). */
export interface Challenged {
  user: UserHash;
  flow: Flow;
  claims: string;
}

/**
 * Remembers tokens that no silent refresh could better, so that callers who ask again and again
 * don't become token calls again and again. Claims are the same whatever their `nbf`: it can be the
 * time of day.
 */
export interface UnmetChallenges {
  has(challenged: Challenged, token: string): boolean;
  add(challenged: Challenged, token: string): void;
}

export function createUnmetChallenges(maxChallenges = 10_000): UnmetChallenges {
  const tokens = new Map<string, string>();
  const digest = (text: string) => createHash('sha256').update(text).digest('base64');
  const keyOf = ({ user, flow, claims }: Challenged) =>
    `${user}|${flow}|${digest(withoutTime(claims))}`;
  return {
    has: (challenged, token) => tokens.get(keyOf(challenged)) === digest(token),
    add: (challenged, token) =>
      setBounded(tokens, [keyOf(challenged), digest(token)], maxChallenges),
  };
}

/** @see https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter */
function withoutTime(claims: string): string {
  return JSON.stringify(parseObject(claims), (name, value) => (name === 'nbf' ? '' : value));
}
