import { AppError } from '../../errors.ts';
import type { UsableToken } from '../ports.ts';
import type { Flow } from '../user.ts';

/**
 * A device's token may name scopes that its sign-in didn't ask for: Entra remembers earlier consent.
 *
 * @throws AppError as {@link consentRequired}.
 */
export function assertWithin(
  allowed: readonly string[],
  scopes: readonly string[],
  flow: Flow,
): void {
  if (flow !== 'device') return;
  const missing = missingScopes(scopes, { scopes: allowed });
  if (missing.length > 0) throw consentRequired(missing, allowed);
}

/**
 * The scopes that are needed and not granted. A granted scope may carry its resource as a prefix.
 * Permission to write includes permission to read.
 */
export function missingScopes(
  needed: readonly string[],
  { scopes }: Pick<UsableToken, 'scopes'>,
): string[] {
  const names = scopes.map((scope) => scope.toLowerCase().split('/').at(-1) ?? '');
  const granted = new Set([...names, ...names.map((name) => name.replace('readwrite', 'read'))]);
  return needed.filter((scope) => !granted.has(scope.toLowerCase()));
}

/** `consent_required`, or `forbidden` where the app may not ask for one of the missing scopes. */
export function consentRequired(
  missing: readonly string[],
  allowed: readonly string[],
  cause?: AppError,
): AppError {
  const more = cause?.public.graphRequestId ? { graphRequestId: cause.public.graphRequestId } : {};
  const names = missing.join(' ');
  if (!missing.every((scope) => allowed.includes(scope))) {
    const detail = `This needs ${names}, which this app may not ask for (see its settings).`;
    return new AppError('forbidden', { ...more, detail }, cause);
  }
  const detail = `You have not yet allowed ${names}. Sign in at loginUrl to do so.`;
  return new AppError('consent_required', { ...more, detail, login: { scope: names } }, cause);
}
