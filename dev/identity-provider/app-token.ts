import { randomBytes } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { BackEnd } from './back-ends.ts';
import { datedBack, tokenIdentifier } from './claims.ts';
import { guidFrom } from './guid.ts';
import type { SigningKey } from './signing-key.ts';

/** Who issues tokens of applications, and for what. */
export interface AppTokenIssuer {
  readonly issuer: string;
  readonly tenantId: string;
  /** The client id of the application that the tokens are for. */
  readonly audience: string;
}

/** Seconds from now until a token of an application expires. */
const lifetime = 3_600;

/**
 * The claims of an app-only token, version 2.0.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export function appTokenClaims(
  { clientId, roles }: BackEnd,
  { issuer, tenantId, audience }: AppTokenIssuer,
): Record<string, unknown> {
  const servicePrincipal = guidFrom(`service principal ${clientId}`);
  return {
    aud: audience,
    iss: issuer,
    ...datedBack(),
    exp: Math.floor(Date.now() / 1000) + lifetime,
    azp: clientId,
    azpacr: '1',
    idtyp: 'app',
    oid: servicePrincipal,
    rh: `1.${randomBytes(24).toString('base64url')}.`,
    ...(roles.length > 0 && { roles }),
    sub: servicePrincipal,
    tid: tenantId,
    uti: tokenIdentifier(),
    ver: '2.0',
  };
}

/** How a token for a test is signed. */
export interface AppTokenSigning {
  /** `foreign`: a key that isn't published, under the key id of the one that is. Default `own`. */
  readonly key?: 'own' | 'foreign';
  /**
   * Default RS256. `none`: not signed. `HS256`: the published key is taken for a shared secret,
   * which a verifier must not fall for.
   */
  readonly alg?: 'RS256' | 'none' | 'HS256';
  /** Parameters of the header that are other than usual. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** `claims` as a JWT; a claim that is undefined is left out. */
export async function signAppToken(
  claims: Readonly<Record<string, unknown>>,
  signingKey: SigningKey,
  { key = 'own', alg = 'RS256', header = {} }: AppTokenSigning = {},
): Promise<string> {
  if (alg === 'none') return new UnsecuredJWT({ ...claims }).encode();
  return new SignJWT({ ...claims })
    .setProtectedHeader({ typ: 'JWT', alg, kid: signingKey.kid, ...header })
    .sign(
      alg === 'HS256' ? await publicKeyAsSecret(signingKey) : await privateKey(signingKey, key),
    );
}

async function privateKey(signingKey: SigningKey, key: 'own' | 'foreign') {
  return key === 'own' ? signingKey.privateKey() : (await generateKeyPair('RS256')).privateKey;
}

async function publicKeyAsSecret({ publicJwk }: SigningKey): Promise<Uint8Array> {
  const key = await importJWK(publicJwk, 'RS256', { extractable: true });
  if (key instanceof Uint8Array) throw new Error('not a public key');
  return new TextEncoder().encode(await exportSPKI(key));
}
