/** The one tenant, the app's registration in it, and as many users as are asked for. */
export const tenantId = '7d3d1c6e-2f6c-4c5a-9a57-0d2f1f0c9b11';
export const clientId = '3b1f0a52-8f0e-4f4c-8b1e-6a1d5f6f2c77';
export const clientSecret = 'only-the-stub-knows-it';

/** Object id of the user with a number. */
export function oidOf(user: number): string {
  return `00000000-0000-4000-8000-${String(user).padStart(12, '0')}`;
}

/** A code that the token endpoint redeems: there is no page on which to sign in. */
export function authorizationCode(user: number, nonce?: string): string {
  return Buffer.from(JSON.stringify({ user, nonce })).toString('base64url');
}

export function readCode(code: string): { user: number; nonce?: string } {
  return JSON.parse(Buffer.from(code, 'base64url').toString('utf8'));
}
