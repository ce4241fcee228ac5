import type { AccessToken } from '../ports.ts';

/** Stands for an access token that can't be opened: it is in no use, and a refresh replaces it. */
export const missingAccessToken: AccessToken = { token: '', expiresAt: 0 };

export function isMissing({ token }: AccessToken): boolean {
  return token === missingAccessToken.token;
}
