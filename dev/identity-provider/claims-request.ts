/**
 * The authentication contexts that a `claims` parameter asks for. Others of its claims count for
 * nothing here: MSAL sends `xms_cc` with every request of a client that has capabilities, and a
 * claims challenge of a revoked token asks for `nbf`, which any new token satisfies.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
 * @see https://learn.microsoft.com/entra/identity-platform/developer-guide-conditional-access-authentication-context
 */
export function requestedContexts(claims: string | null): string[] {
  const acrs = member(member(parse(claims), 'access_token'), 'acrs');
  const value = member(acrs, 'value');
  const values = member(acrs, 'values');
  return [value, ...(Array.isArray(values) ? values : [])].filter(
    (name): name is string => typeof name === 'string',
  );
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
