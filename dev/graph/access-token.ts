import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { graphAppId, graphResource } from '../identity-provider/graph-scopes.ts';
import { issuedAt } from '../identity-provider/issue-time.ts';
import { emptyToken, expiredToken, type GraphError, invalidToken } from './graph-error.ts';

/** The issuer of access tokens, as far as Graph has to know it. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly tenantId: string;
  jwks(): JSONWebKeySet;
}

/** Who calls, and what they may do. */
export interface Caller {
  readonly userOid: string;
  readonly scopes: ReadonlySet<string>;
  /** Authentication contexts that the sign-in satisfied. */
  readonly contexts: ReadonlySet<string>;
  /** Milliseconds since the epoch with fractions; 0 when the token doesn't say so exactly. */
  readonly issuedAt: number;
}

export type Verified = { readonly caller: Caller } | { readonly refusal: GraphError };

/** Verifies a bearer token: signature, issuer, audience, lifetime (by `Date.now`), tenant. */
export async function verifyAccessToken(
  authorization: string | undefined,
  issuer: TokenIssuer,
): Promise<Verified> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (!token) return { refusal: emptyToken };
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(issuer.jwks()), {
      issuer: issuer.issuer,
      audience: [graphResource, graphAppId],
      algorithms: ['RS256'],
      currentDate: new Date(Date.now()),
    });
    return callerOf(payload, issuer);
  } catch (error) {
    return { refusal: error instanceof errors.JWTExpired ? expiredToken : invalidToken };
  }
}

function callerOf(payload: JWTPayload, { tenantId }: TokenIssuer): Verified {
  const { oid, tid, scp, acrs, aio } = payload as Record<string, unknown>;
  if (typeof oid !== 'string' || tid !== tenantId || typeof scp !== 'string') {
    return { refusal: invalidToken };
  }
  return {
    caller: {
      userOid: oid,
      scopes: new Set(scp.split(' ')),
      contexts: new Set(Array.isArray(acrs) ? acrs.map(String) : []),
      issuedAt: issuedAt(aio),
    },
  };
}
