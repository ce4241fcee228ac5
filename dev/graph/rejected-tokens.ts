import type { Caller } from './access-token.ts';

/**
 * Tokens that are valid and yet rejected, with a 401 that doesn't say what Graph wants instead. It
 * happens to tokens that expire on their way, and while Graph's own keys change.
 */
export class RejectedTokens {
  readonly #issuedUpTo = new Map<string, number>();

  /** Rejects the tokens that the user has by now. One that is issued later is accepted. */
  reject(userOid: string): void {
    this.#issuedUpTo.set(userOid, performance.timeOrigin + performance.now());
  }

  /** Rejects every token of the user, those to come included. */
  rejectAll(userOid: string): void {
    this.#issuedUpTo.set(userOid, Number.POSITIVE_INFINITY);
  }

  /** Accepts all tokens again. */
  clear(): void {
    this.#issuedUpTo.clear();
  }

  has({ userOid, issuedAt }: Pick<Caller, 'userOid' | 'issuedAt'>): boolean {
    return issuedAt <= (this.#issuedUpTo.get(userOid) ?? Number.NEGATIVE_INFINITY);
  }
}
