import { generateKeyPairSync } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import {
  type AppTokenExpectations,
  createAppTokenVerifier,
} from '../../src/lib/app-token/app-token-verifier.ts';
import type { OutboundRequest, OutboundResponse } from '../../src/lib/http/outbound-request.ts';
import { startTime } from './clock.ts';
import { clientId, issuerOf, objectId, tenantId } from './id-tokens.ts';

export const backEndId = '77777777-2222-4333-8444-555555555555';
export const jwksUri = 'https://login.example/keys';
/** Of access tokens of version 1. */
export const earlierIssuerOf = (tenant: string) => `https://sts.example/${tenant}/`;

/** Claims of a back end's good access token. A claim of undefined is left out. */
export function appTokenClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: issuerOf(tenantId),
    aud: clientId,
    exp: startTime / 1000 + 3600,
    iat: startTime / 1000,
    nbf: startTime / 1000,
    tid: tenantId,
    azp: backEndId,
    idtyp: 'app',
    oid: objectId,
    sub: objectId,
    roles: ['Tokens.Read'],
    ver: '2.0',
    ...changes,
  };
}

/** A key that an identity provider signs with. */
export async function createSigningKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, use: 'sig' };
  return {
    jwk,
    sign: (changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
      new SignJWT(appTokenClaims(changes))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid, ...header })
        .sign(privateKey),
  };
}

/** A verifier, and the identity provider's keys that it can have. */
export function createVerifying(keys: JWK[], expected: Partial<AppTokenExpectations> = {}) {
  const requests: OutboundRequest[] = [];
  /** What the keys' endpoint says. */
  const endpoint = {
    keys,
    answer: (body: string): OutboundResponse => ({ status: 200, headers: {}, body }),
  };
  const verifier = createAppTokenVerifier({
    ...{ clientId, jwksUri, allowedTenants: [tenantId] },
    issuersOf: (tenant) => [issuerOf(tenant), earlierIssuerOf(tenant)],
    send: async (request) => {
      requests.push(request);
      return endpoint.answer(JSON.stringify({ keys: endpoint.keys }));
    },
    now: () => startTime,
    ...expected,
  });
  return { verifier, verify: verifier.verify, requests, endpoint };
}
