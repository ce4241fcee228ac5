import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';

/** The key pair that signs ID tokens and access tokens (RS256). */
export interface SigningKey {
  readonly kid: string;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
  privateKey(): Promise<CryptoKey | Uint8Array>;
}

/** A new private key as JWK, with its thumbprint (RFC 7638) as key id. */
export async function generateSigningJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' };
}

export function signingKeyFrom(privateJwk: JWK): SigningKey {
  const { kty, n, e, kid, alg, use } = privateJwk;
  if (kty !== 'RSA' || !n || !e || !kid || !alg || !use) throw new Error('not an RSA signing key');
  return {
    kid,
    privateJwk,
    publicJwk: { kty, n, e, kid, alg, use },
    privateKey: () => importJWK(privateJwk, 'RS256'),
  };
}

/** The key that signs, and those that did. */
export class SigningKeys {
  #all: readonly SigningKey[];

  constructor(first: SigningKey) {
    this.#all = [first];
  }

  /** The key that signs comes first; what the others signed is valid still. */
  get all(): readonly SigningKey[] {
    return this.#all;
  }

  get current(): SigningKey {
    const [current] = this.#all;
    if (!current) throw new Error('there is no signing key');
    return current;
  }

  /** Signs with a new key from now on. */
  async rotate(): Promise<void> {
    this.#all = [signingKeyFrom(await generateSigningJwk()), ...this.#all];
  }
}
