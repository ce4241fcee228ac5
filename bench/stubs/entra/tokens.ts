import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { clientId, oidOf, tenantId } from './directory.ts';

/** Characters, as Entra's have with usual claims. */
const accessTokenLength = 2_100;
const refreshTokenLength = 1_500;
const idTokenLength = 1_100;
/** Seconds: as long as Entra's with continuous access evaluation. None ends during a run. */
const lifetime = 86_399;

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyId = 'bench';
const signatureLength = 342;

export const keys = {
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' }],
};

/** Whose tokens to issue. */
export interface Grant {
  readonly user: number;
  readonly issuer: string;
  readonly nonce?: string | undefined;
  /** An ID token that is checked by its signature. Others have random bytes in place of it. */
  readonly isSigned: boolean;
}

/** The answer of the token endpoint: new tokens each time, of the sizes of Entra's. */
export function tokenAnswer(grant: Grant): string {
  const { user } = grant;
  return JSON.stringify({
    token_type: 'Bearer',
    scope: 'User.Read profile openid email',
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: accessToken(user),
    refresh_token: filled(`1.${user}.`, refreshTokenLength),
    id_token: idToken(grant),
    client_info: encoded({ uid: oidOf(user), utid: tenantId }),
  });
}

/** Whose refresh token it is. */
export function userOfRefreshToken(token: string): number {
  return Number(token.split('.')[1]);
}

/** Nobody checks its signature: the payload is what the stub of Graph reads. */
function accessToken(user: number): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { oid: oidOf(user), tid: tenantId, exp: now + lifetime, scp: 'User.Read' };
  return filled(`${encoded({ alg: 'RS256', kid: keyId })}.${encoded(payload)}.`, accessTokenLength);
}

function idToken({ user, issuer, nonce, isSigned }: Grant): string {
  const now = Math.floor(Date.now() / 1000);
  const name = `user-${user}@bench.example`;
  const claims = {
    ...{ iss: issuer, aud: clientId, iat: now, nbf: now, exp: now + 3_600 },
    ...{ oid: oidOf(user), tid: tenantId, sub: oidOf(user), ver: '2.0', nonce },
    ...{ name, preferred_username: name, rh: '', uti: '' },
  };
  const head = encoded({ typ: 'JWT', alg: 'RS256', kid: keyId });
  const missing = idTokenLength - head.length - encoded(claims).length - signatureLength - 2;
  const filler = 'x'.repeat(Math.max(0, Math.floor(missing * 0.75)));
  const content = `${head}.${encoded({ ...claims, rh: filler })}`;
  return isSigned
    ? `${content}.${sign('sha256', Buffer.from(content), privateKey).toString('base64url')}`
    : filled(`${content}.`, content.length + 1 + signatureLength);
}

/** With random characters behind it, so long. */
function filled(start: string, length: number): string {
  const missing = Math.max(0, length - start.length);
  return start + randomBytes(missing).toString('base64url').slice(0, missing);
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
