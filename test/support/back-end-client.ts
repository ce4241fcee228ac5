import type { World } from './world.ts';

/** What a back end is told. */
export interface BackEndAnswer {
  status: number;
  body: Record<string, string>;
}

/** Asks for an absent user's access token, with whatever proves who is asking. */
export async function askForToken(
  origin: string,
  userId: string,
  { headers, ...need }: { headers: Record<string, string>; minValiditySeconds?: number },
): Promise<BackEndAnswer> {
  const response = await fetch(`${origin}/users/${encodeURIComponent(userId)}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ scopes: ['User.Read'], ...need }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** The header of the world's back end. @param claims other than usual. */
export async function asBackEnd(
  { identityProvider }: World,
  claims: Record<string, unknown> = {},
): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await identityProvider.appToken(claims)}` };
}
