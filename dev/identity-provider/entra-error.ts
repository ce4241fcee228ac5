import { randomUUID } from 'node:crypto';

/** An error as Entra words it. */
export interface EntraError {
  /** OAuth 2.0 error code. */
  readonly error: string;
  /** The number after `AADSTS`. */
  readonly code: number;
  readonly text: string;
  readonly suberror?: string;
}

/** The body of a token endpoint's error answer. */
export interface EntraErrorBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly timestamp: string;
  readonly trace_id: string;
  readonly correlation_id: string;
  readonly error_uri: string;
  readonly suberror?: string;
}

export function entraErrorBody(
  error: EntraError,
  correlationId: string = randomUUID(),
): EntraErrorBody {
  const timestamp = new Date(Date.now()).toISOString().replace('T', ' ').replace(/\..*/, 'Z');
  const traceId = randomUUID();
  return {
    error: error.error,
    error_description:
      `AADSTS${error.code}: ${error.text} Trace ID: ${traceId} ` +
      `Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
    ...(error.suberror ? { suberror: error.suberror } : {}),
  };
}

export const consentRequired: EntraError = {
  error: 'invalid_grant',
  code: 65001,
  text: 'The user or administrator has not consented to use the application.',
  suberror: 'consent_required',
};

/** A condition that only a sign-in with its user can meet. */
export const interactionRequired: EntraError = {
  error: 'interaction_required',
  code: 50076,
  text:
    'Due to a configuration change made by your administrator, or because you moved to a new ' +
    "location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
  suberror: 'basic_action',
};

export const applicationNotFound: EntraError = {
  error: 'unauthorized_client',
  code: 700016,
  text: 'The application was not found in the directory.',
};

export const wrongClientSecret: EntraError = {
  error: 'invalid_client',
  code: 7000215,
  text: 'Invalid client secret provided.',
};

export const tenantNotFound: EntraError = {
  error: 'invalid_tenant',
  code: 90002,
  text: 'The tenant was not found. Check to make sure you have the correct tenant ID.',
};

export const invalidScope: EntraError = {
  error: 'invalid_scope',
  code: 70011,
  text: 'The provided value for scope is not valid.',
};

export const resourceNotFound: EntraError = {
  error: 'invalid_resource',
  code: 500011,
  text: 'The resource principal was not found in the tenant.',
};

/** oidc-provider's error, and the detail that it keeps out of its answers. */
export interface ProviderError {
  readonly error: string;
  readonly detail: string;
}

type Row = readonly [error: string, detail: RegExp, entra: EntraError];

const invalidGrant = (code: number, text: string): EntraError => ({
  error: 'invalid_grant',
  code,
  text,
});

/** The first row that fits holds. */
const rows: readonly Row[] = [
  [
    'invalid_grant',
    /refresh token already used|grant not found|grant is expired/,
    invalidGrant(50173, 'The provided grant has expired due to it being revoked.'),
  ],
  [
    'invalid_grant',
    /refresh token is expired/,
    invalidGrant(700082, 'The refresh token has expired due to inactivity.'),
  ],
  [
    'invalid_grant',
    /authorization code (is expired)/,
    invalidGrant(70008, 'The provided authorization code is expired.'),
  ],
  [
    'invalid_grant',
    /authorization code already consumed/,
    invalidGrant(54005, 'OAuth2 Authorization code was already redeemed.'),
  ],
  [
    'invalid_grant',
    /code_verifier/,
    invalidGrant(501481, 'The Code_Verifier does not match the code_challenge.'),
  ],
  [
    'invalid_grant',
    /redirect_uri mismatch/,
    invalidGrant(500112, 'The reply address does not match the one of the authorization request.'),
  ],
  [
    'invalid_grant',
    /device code/,
    { error: 'bad_verification_code', code: 70019, text: 'The device code is not valid.' },
  ],
  [
    'invalid_grant',
    /./,
    invalidGrant(70000, 'The provided value for the input parameter is not valid.'),
  ],
  [
    'authorization_pending',
    /./,
    {
      error: 'authorization_pending',
      code: 70016,
      text: 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    },
  ],
  [
    'expired_token',
    /./,
    { error: 'expired_token', code: 70020, text: 'This device code has expired.' },
  ],
  [
    'access_denied',
    /./,
    {
      error: 'authorization_declined',
      code: 70018,
      text: 'The end user has denied the authorization.',
    },
  ],
  ['invalid_client', /client not found/, applicationNotFound],
  ['invalid_client', /./, wrongClientSecret],
  [
    'unsupported_grant_type',
    /./,
    {
      error: 'unsupported_grant_type',
      code: 70003,
      text: 'The app requested an unsupported grant type.',
    },
  ],
  ['invalid_scope', /./, invalidScope],
  [
    'server_error',
    /./,
    { error: 'server_error', code: 90033, text: 'A transient error has occurred.' },
  ],
];

/** The numbers of what is shown at the authorization endpoint. */
const shownCodes: Readonly<Record<string, number>> = {
  invalid_redirect_uri: 50011,
  invalid_client: 700016,
};

/** An error of the authorization endpoint as a page shows it. */
export function shownError({ error, detail }: ProviderError): string {
  const code = shownCodes[error];
  return code === undefined ? `${error}: ${detail}` : `AADSTS${code}: ${detail}`;
}

/** Entra's error for one of oidc-provider's at the token endpoint. */
export function entraErrorOf({ error, detail }: ProviderError): EntraError {
  const row = rows.find(([name, pattern]) => name === error && pattern.test(detail || error));
  return row?.[2] ?? { error, code: 900144, text: detail || 'The request is not valid.' };
}
