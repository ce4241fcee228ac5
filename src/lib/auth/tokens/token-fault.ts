/** What the token endpoint answered, or that it didn't. Holds no token, code or description. */
export interface TokenFault {
  /** HTTP status; undefined if no answer came. */
  status: number | undefined;
  /** @see RFC 6749 section 5.2 */
  error: string | undefined;
  suberror: string | undefined;
  /** Numbers of Entra's error codes, as in AADSTS50196. */
  errorCodes: readonly number[];
  retryAfterSeconds: number | undefined;
  /** Entra's trace id, for a support case. */
  traceId: string | undefined;
  /**
   * Whether the app serves the users of several tenants. Then a tenant that doesn't know the app, or
   * has disabled it, is that tenant's matter; in an app for one tenant it is the operator's.
   */
  severalTenants: boolean;
}

/**
 * Who can mend a failed token request: the user by signing in, an administrator of the user's
 * organization, the operator of this app, or time.
 */
export type FaultClass = 'user' | 'administrator' | 'operator' | 'transient';

/** Why a user has to sign in again: a closed set of words. */
export const reauthReasons = [
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
  'refresh_token_expired',
  'session_revoked',
  'password_changed',
  'sign_in_frequency',
  'mfa_required',
  'blocked_by_policy',
  'device_not_compliant',
  'account_disabled',
  'not_in_tenant',
  'not_assigned',
  'app_not_allowed',
  'device_sign_in_off',
] as const;

export type ReauthReason = (typeof reauthReasons)[number];

/** A class, and for the classes that end a sign-in the reason. */
export type ClassifiedFault =
  | { class: 'user' | 'administrator'; reason: ReauthReason }
  | { class: 'operator' | 'transient' };

/** AADSTS50196: Entra throttles one user's requests, and says so as `invalid_grant`. */
export const throttledUser = 50196;

/** Numbers that Entra sends while it has trouble of its own, or asks for patience. */
const transientCodes = new Set([
  throttledUser,
  ...[40010, 50033, 50087, 70012, 90006, 90012, 90024, 90033, 90055, 90090, 90091],
]);

/** Numbers that say: the app, its credential or its registration is not right. */
const operatorCodes = new Set([
  ...[7000112, 7000215, 7000218, 7000222, 700016, 700025, 700027, 700229],
  ...[50011, 50012, 50194, 500011, 650056, 650057, 70001, 70011, 90002],
]);

/**
 * Numbers that say: this tenant does not have the app, or what it needs, or has disabled it. Its
 * administrator has removed it, has blocked it, or has not consented to it.
 */
const tenantCodes = new Set([
  ...[700016, 700011, 70001, 7000112, 1000031, 90002, 90099],
  ...[500011, 500014, 650052, 650054, 650056],
]);

/** Numbers that say: the request is not right. With `invalid_grant` it is the refresh token in it. */
const requestCodes = new Set([70002, 900144, 9002313]);

const operatorErrors = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_resource',
  'unsupported_grant_type',
  'invalid_request',
]);

const administrator = (reason: ReauthReason) => ({ class: 'administrator', reason }) as const;
const user = (reason: ReauthReason) => ({ class: 'user', reason }) as const;

/** Errors that end a sign-in, unless a number says otherwise. */
const signInErrors: Readonly<Record<string, ReauthReason>> = {
  invalid_grant: 'invalid_grant',
  interaction_required: 'interaction_required',
  login_required: 'login_required',
  consent_required: 'consent_required',
  // Of the device flow. @see RFC 8628 section 3.5
  access_denied: 'login_required',
  authorization_declined: 'login_required',
  bad_verification_code: 'login_required',
  expired_token: 'login_required',
};

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const signInSuberrors: Readonly<Record<string, ReauthReason>> = {
  bad_token: 'invalid_grant',
  basic_action: 'interaction_required',
  additional_action: 'interaction_required',
  message_only: 'interaction_required',
  user_password_expired: 'password_changed',
  consent_required: 'consent_required',
};

/** Numbers that tell more of a sign-in that has ended. */
const signInCodes: Readonly<Record<number, ReturnType<typeof administrator | typeof user>>> = {
  70008: user('refresh_token_expired'),
  700082: user('refresh_token_expired'),
  700084: user('refresh_token_expired'),
  50173: user('session_revoked'),
  50132: user('password_changed'),
  50133: user('password_changed'),
  70043: user('sign_in_frequency'),
  50074: user('mfa_required'),
  50076: user('mfa_required'),
  50078: user('mfa_required'),
  50079: user('mfa_required'),
  50058: user('login_required'),
  50089: user('login_required'),
  50158: user('interaction_required'),
  65001: user('consent_required'),
  53003: administrator('blocked_by_policy'),
  530032: administrator('blocked_by_policy'),
  50097: administrator('device_not_compliant'),
  53000: administrator('device_not_compliant'),
  53001: administrator('device_not_compliant'),
  50057: administrator('account_disabled'),
  50034: administrator('not_in_tenant'),
  51004: administrator('not_in_tenant'),
  16000: administrator('not_in_tenant'),
  50105: administrator('not_assigned'),
  90094: administrator('app_not_allowed'),
  90095: administrator('app_not_allowed'),
};

/**
 * Whose fault a failed token request is: by HTTP status, then `error` and suberror. Entra's numbers
 * only refine what those say, because Microsoft may change them. What is unknown counts as
 * transient: that costs nobody a sign-in.
 *
 * Where the app serves several tenants, one tenant's refusal of the app is that tenant's
 * administrator's to mend, whatever the error.
 */
export function classifyFault(fault: TokenFault): ClassifiedFault {
  const { status, error = '', suberror = '', errorCodes, severalTenants } = fault;
  if (status === undefined || status === 429 || status >= 500) return { class: 'transient' };
  if (errorCodes.some((code) => transientCodes.has(code))) return { class: 'transient' };
  if (severalTenants && errorCodes.some((code) => tenantCodes.has(code))) {
    return administrator('app_not_allowed');
  }
  if (operatorErrors.has(error)) return { class: 'operator' };
  if (errorCodes.some((code) => operatorCodes.has(code))) return { class: 'operator' };
  const reason = reasonIn(signInSuberrors, suberror) ?? reasonIn(signInErrors, error);
  if (reason) return refined(errorCodes) ?? user(reason);
  const isRequest = errorCodes.some((code) => requestCodes.has(code));
  return { class: isRequest ? 'operator' : 'transient' };
}

const forAdministrators: ReadonlySet<string> = new Set(
  Object.values(signInCodes)
    .filter((fault) => fault.class === 'administrator')
    .map(({ reason }) => reason),
);

/** Whether a sign-in that ended for this reason needs an administrator before it can succeed again. */
export function isForAdministrator(reason: string): boolean {
  return forAdministrators.has(reason);
}

/** Whether the app itself is refused, whoever the request is for. */
export function refusesApp({ error }: TokenFault): boolean {
  return error === 'invalid_client' || error === 'unauthorized_client';
}

function reasonIn(table: Readonly<Record<string, ReauthReason>>, key: string) {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function refined(errorCodes: readonly number[]) {
  return errorCodes.map((code) => signInCodes[code]).find((known) => known !== undefined);
}
