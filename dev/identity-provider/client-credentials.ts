import { timingSafeEqual } from 'node:crypto';
import { type AppTokenIssuer, appTokenClaims, signAppToken } from './app-token.ts';
import type { BackEnd } from './back-ends.ts';
import {
  applicationNotFound,
  type EntraError,
  invalidScope,
  resourceNotFound,
  wrongClientSecret,
} from './entra-error.ts';
import { graphAppId } from './graph-scopes.ts';
import type { SigningKey } from './signing-key.ts';

/** The answer of the token endpoint to an application; it has no refresh token. */
export interface AppTokenAnswer {
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly access_token: string;
}

export type AppTokenOutcome =
  | { readonly status: 200; readonly answer: AppTokenAnswer }
  | { readonly status: number; readonly refusal: EntraError };

export interface ClientCredentialsOptions {
  /** All that may ask: back ends, and the application itself. */
  readonly backEnds: readonly BackEnd[];
  readonly issuer: AppTokenIssuer;
  readonly signingKey: () => SigningKey;
}

/**
 * The client credentials grant, for the application, and for Graph, which takes no such token here.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export async function clientCredentials(
  form: URLSearchParams,
  { backEnds, issuer, signingKey }: ClientCredentialsOptions,
): Promise<AppTokenOutcome> {
  const backEnd = backEnds.find(({ clientId }) => clientId === form.get('client_id'));
  if (!backEnd) return { status: 400, refusal: applicationNotFound };
  if (!isSecret(form.get('client_secret') ?? '', backEnd)) {
    return { status: 401, refusal: wrongClientSecret };
  }
  const resource = /^(?:api:\/\/)?([^/ ]+)\/\.default$/.exec(form.get('scope') ?? '')?.[1];
  if (resource === undefined) return { status: 400, refusal: invalidScope };
  if (resource !== issuer.audience && resource !== graphAppId) {
    return { status: 400, refusal: resourceNotFound };
  }
  const claims = appTokenClaims(backEnd, { ...issuer, audience: resource });
  const token = await signAppToken(claims, signingKey());
  return {
    status: 200,
    answer: {
      token_type: 'Bearer',
      expires_in: 3_599,
      ext_expires_in: 3_599,
      access_token: token,
    },
  };
}

function isSecret(given: string, { clientSecret }: BackEnd): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(clientSecret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
