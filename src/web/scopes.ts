/**
 * Scopes that may be asked for and are not granted. A granted one may be told with its resource
 * before it; who may write may read.
 */
export function notGranted(allowed: readonly string[], granted: readonly string[]): string[] {
  const names = granted.map((scope) => scopeName(scope).toLowerCase());
  const held = new Set([...names, ...names.map((name) => name.replace('readwrite', 'read'))]);
  return allowed.filter((scope) => !held.has(scope.toLowerCase()));
}

/** Scopes that may be asked for and are granted. */
export function heldScopes(allowed: readonly string[], granted: readonly string[]): string[] {
  const missing = notGranted(allowed, granted);
  return allowed.filter((scope) => !missing.includes(scope));
}

/** Without the resource: `Mail.Read`. */
export function scopeName(scope: string): string {
  return scope.split('/').at(-1) ?? scope;
}

/**
 * Where one signs in and comes back here. What is granted already is asked for again: a sign-in brings
 * what it asks for, and need not bring more.
 *
 * @param loginUrl of a problem or a session, or a path
 * @param held of the scopes that may be asked for
 */
export function signInPath(loginUrl: string, held: readonly string[]): string {
  const { pathname, searchParams } = new URL(loginUrl, 'https://this.app');
  const asked = searchParams.get('scope')?.split(' ') ?? [];
  if (asked.length + held.length > 0) {
    searchParams.set('scope', [...new Set([...held, ...asked])].join(' '));
  }
  searchParams.set('returnTo', '/');
  return `${pathname}?${searchParams}`;
}
