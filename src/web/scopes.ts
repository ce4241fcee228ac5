/**
 * Scopes that may be asked for and are not granted. A granted one may be told with its resource
 * before it; who may write may read.
 */
export function notGranted(allowed: readonly string[], granted: readonly string[]): string[] {
  const names = granted.map((scope) => scopeName(scope).toLowerCase());
  const held = new Set([...names, ...names.map((name) => name.replace('readwrite', 'read'))]);
  return allowed.filter((scope) => !held.has(scope.toLowerCase()));
}

/** Without the resource: `Mail.Read`. */
export function scopeName(scope: string): string {
  return scope.split('/').at(-1) ?? scope;
}

/** Where one more is asked for. */
export function consentPath(scope: string): string {
  return `/login?${new URLSearchParams({ scope, returnTo: '/' })}`;
}
