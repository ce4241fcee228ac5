import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import type { AppTokenVerifier, BackEnd, Clock } from '../auth/ports.ts';
import { canonicalId, sameIssuer } from '../basics/canonical-id.ts';
import { AppError } from '../errors.ts';
import type { Send } from '../http/outbound-request.ts';

export interface AppTokenExpectations {
  /** Our own client id: the audience. */
  clientId: string;
  jwksUri: string;
  allowedTenants: readonly string[];
  /** Issuers of a tenant's access tokens, of version 1 and 2. */
  issuersOf: (tenantId: string) => readonly string[];
  send: Send;
  now: Clock;
}

const deadlineMs = 5_000;
const maxBytes = 1024 * 1024;
const clockSkewSeconds = 60;

/**
 * Checks access tokens that back ends present. Keys are kept for ten minutes; for a key that is
 * not among them they are asked for anew, twice a minute at most.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens
 * @see RFC 9068 section 4
 */
export function createAppTokenVerifier(expected: AppTokenExpectations): AppTokenVerifier {
  const { jwksUri, send, now } = expected;
  const keys = createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: deadlineMs,
    [customFetch]: async (url) => {
      const { status, body } = await send({ method: 'GET', url, deadlineMs, maxBytes });
      return new Response(body, { status });
    },
  });
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: ['RS256'],
          requiredClaims: ['aud', 'exp', 'iss', 'tid'],
          clockTolerance: clockSkewSeconds,
          currentDate: new Date(now()),
        });
        return backEndOf(payload, expected);
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw isTokensFault(error)
          ? refused(error)
          : new AppError('temporarily_unavailable', { detail: 'Keys can’t be had.' }, error);
      }
    },
  };
}

/** An app-only token has roles, and neither scopes nor a nonce: those are for users. */
function backEndOf(payload: JWTPayload, expected: AppTokenExpectations): BackEnd {
  const { iss, roles, scp, idtyp, nonce, cnf } = payload as Record<string, unknown>;
  const clientId = idIn(payload['azp'] ?? payload['appid']);
  const tid = idIn(payload['tid']);
  if (!isForUs(payload.aud, expected.clientId)) throw refused();
  if (tid === undefined || !expected.allowedTenants.includes(tid)) throw refused();
  if (!expected.issuersOf(tid).some((issuer) => sameIssuer(issuer, iss))) throw refused();
  if (scp !== undefined || nonce !== undefined) throw refused();
  // Bound to a key whose possession nobody shows here. @see RFC 7800 section 3
  if (cnf !== undefined) throw refused();
  if (idtyp !== undefined && idtyp !== 'app') throw refused();
  if (clientId === undefined) throw refused();
  const held = Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  return { clientId, tenantId: tid, roles: held };
}

function idIn(claim: unknown): string | undefined {
  return typeof claim === 'string' ? canonicalId(claim) : undefined;
}

/** The audience is this app by its client id, or by the URI that Entra makes of that. */
function isForUs(audience: JWTPayload['aud'], clientId: string): boolean {
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
  return audiences.some(
    (each) => typeof each === 'string' && idIn(each.replace(/^api:\/\//, '')) === clientId,
  );
}

/** Anything else is a fault of the keys, or of the way to them. */
function isTokensFault(error: unknown): boolean {
  return [
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSMultipleMatchingKeys,
    errors.JWKSNoMatchingKey,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JWTClaimValidationFailed,
    errors.JWTExpired,
    errors.JWTInvalid,
  ].some((type) => error instanceof type);
}

function refused(cause?: unknown): AppError {
  return new AppError(
    'unauthenticated',
    {
      detail: 'This needs an access token that Entra issued to your app, for this app.',
      challenge: 'Bearer',
    },
    cause,
  );
}
