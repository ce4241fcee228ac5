/**
 * When an access token was issued, exactly, as the value of its claim `aio`, which Entra keeps for
 * itself as well. `iat` doesn't tell: it is dated back, and in whole seconds, while a test revokes a
 * token and gets a new one in the same. This time doesn't follow a test's change of `Date`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function issueTime(): string {
  return Buffer.from(String(performance.timeOrigin + performance.now())).toString('base64url');
}

/** Milliseconds since the epoch with fractions; 0 when `aio` is not of {@link issueTime}. */
export function issuedAt(aio: unknown): number {
  if (typeof aio !== 'string') return 0;
  return Number(Buffer.from(aio, 'base64url').toString('utf8')) || 0;
}
