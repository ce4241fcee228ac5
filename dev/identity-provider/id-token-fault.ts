import { decodeJwt, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import type { SigningKey } from './signing-key.ts';

/** How ID tokens are falsified. Without `alg` and `key` the changed token is signed properly. */
export interface IdTokenFault {
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  /** An unsigned token. */
  readonly alg?: 'none';
  /** Signed by a key that isn't published, under the key id of the published one. */
  readonly key?: 'foreign';
  /** The answer carries no ID token. */
  readonly omit?: true;
}

/** The ID token that is sent instead of `idToken`; `undefined` when it is to be left out. */
export async function falsifyIdToken(
  idToken: string,
  fault: IdTokenFault,
  signingKey: SigningKey,
): Promise<string | undefined> {
  if (fault.omit) return undefined;
  const original = decodeJwt(idToken);
  const claims = fault.claims ? fault.claims({ ...original }) : original;
  if (fault.alg === 'none') return new UnsecuredJWT(claims).encode();
  const key =
    fault.key === 'foreign'
      ? (await generateKeyPair('RS256')).privateKey
      : await signingKey.privateKey();
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: signingKey.kid })
    .sign(key);
}
