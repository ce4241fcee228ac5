import { describe, expect, it } from 'vitest';
import {
  classifyFault,
  type FaultClass,
  type ReauthReason,
  type TokenFault,
} from '../../../../src/lib/auth/tokens/token-fault.ts';
import { tokenFault } from '../../../support/token-faults.ts';

/** Numbers, with the error and suberror that Entra sends them with. */
type Answer = readonly [number, error: string, suberror?: string];

function classOf(fields: Partial<TokenFault>) {
  return classifyFault(tokenFault(fields));
}

describe('a number that the user can mend', () => {
  it.each<[ReauthReason, ...Answer]>([
    ['invalid_grant', 70000, 'invalid_grant'],
    ['invalid_grant', 70000, 'invalid_grant', 'bad_token'],
    ['refresh_token_expired', 70008, 'invalid_grant'],
    ['refresh_token_expired', 700082, 'invalid_grant', 'bad_token'],
    ['refresh_token_expired', 700084, 'invalid_grant'],
    ['session_revoked', 50173, 'invalid_grant', 'bad_token'],
    ['password_changed', 50132, 'invalid_grant'],
    ['password_changed', 50133, 'invalid_grant', 'bad_token'],
    ['sign_in_frequency', 70043, 'invalid_grant', 'bad_token'],
    ['mfa_required', 50074, 'interaction_required', 'basic_action'],
    ['mfa_required', 50076, 'invalid_grant', 'basic_action'],
    ['mfa_required', 50078, 'interaction_required', 'basic_action'],
    ['mfa_required', 50079, 'interaction_required', 'additional_action'],
    ['login_required', 50058, 'login_required'],
    ['login_required', 50089, 'invalid_grant'],
    ['interaction_required', 50158, 'interaction_required'],
    ['consent_required', 65001, 'invalid_grant', 'consent_required'],
  ])('is %s: %i with %s %s', (reason, code, error, suberror) => {
    const expected = { class: 'user', reason };
    expect(classOf({ error, suberror, errorCodes: [code] })).toEqual(expected);
    expect(classOf({ error: 'invalid_grant', errorCodes: [code] })).toEqual(expected);
  });
});

describe('a number that an administrator can mend', () => {
  it.each<[ReauthReason, ...Answer]>([
    ['blocked_by_policy', 53003, 'invalid_grant', 'message_only'],
    ['blocked_by_policy', 530032, 'interaction_required', 'message_only'],
    ['device_not_compliant', 50097, 'interaction_required', 'additional_action'],
    ['device_not_compliant', 53000, 'invalid_grant', 'message_only'],
    ['device_not_compliant', 53001, 'invalid_grant', 'message_only'],
    ['account_disabled', 50057, 'invalid_grant'],
    ['not_in_tenant', 50034, 'invalid_grant'],
    ['not_in_tenant', 51004, 'invalid_grant'],
    ['not_in_tenant', 16000, 'interaction_required'],
    ['not_assigned', 50105, 'invalid_grant'],
  ])('is %s: %i with %s %s', (reason, code, error, suberror) => {
    const expected = { class: 'administrator', reason };
    expect(classOf({ error, suberror, errorCodes: [code] })).toEqual(expected);
    expect(classOf({ error: 'invalid_grant', errorCodes: [code] })).toEqual(expected);
  });
});

describe('a number that an administrator can mend, of a tenant that has not let the app in', () => {
  it.each<[number, error: string]>([
    [700016, 'unauthorized_client'],
    [700011, 'unauthorized_client'],
    [70001, 'unauthorized_client'],
    [7000112, 'unauthorized_client'],
    [1000031, 'unauthorized_client'],
    [90002, 'invalid_request'],
    [90099, 'invalid_grant'],
    [500011, 'invalid_resource'],
    [500014, 'invalid_resource'],
    [650052, 'invalid_client'],
    [650054, 'invalid_resource'],
    [650056, 'invalid_client'],
  ])('is %i with %s, where the app serves several tenants', (code, error) => {
    for (const sent of [error, 'invalid_grant', 'invalid_client', 'something_new']) {
      const fault = { severalTenants: true, error: sent, errorCodes: [code] };
      expect(classOf(fault)).toEqual({ class: 'administrator', reason: 'app_not_allowed' });
    }
  });

  it.each([90094, 90095])('is %i, however many tenants the app serves', (code) => {
    for (const severalTenants of [true, false]) {
      const fault = { severalTenants, error: 'invalid_grant', errorCodes: [code] };
      expect(classOf(fault)).toEqual({ class: 'administrator', reason: 'app_not_allowed' });
    }
  });

  it.each<[number, error: string]>([
    [7000215, 'invalid_client'],
    [7000222, 'invalid_client'],
    [700027, 'invalid_client'],
    [50194, 'invalid_request'],
    [650057, 'invalid_resource'],
    [4711, 'unauthorized_client'],
  ])('is never %i with %s, which is the operator’s', (code, error) => {
    const fault = { severalTenants: true, error, errorCodes: [code] };
    expect(classOf(fault)).toEqual({ class: 'operator' });
  });
});

describe('a number that passes', () => {
  it.each<[number, error: string]>([
    [50196, 'invalid_grant'],
    [50033, 'temporarily_unavailable'],
    [50087, 'temporarily_unavailable'],
    [70012, 'server_error'],
    [40010, 'temporarily_unavailable'],
    [90006, 'temporarily_unavailable'],
    [90012, 'temporarily_unavailable'],
    [90024, 'temporarily_unavailable'],
    [90033, 'temporarily_unavailable'],
    [90055, 'temporarily_unavailable'],
    [90090, 'temporarily_unavailable'],
    [90091, 'temporarily_unavailable'],
  ])('%i ends nothing and blames nobody, with %s or any other error', (code, error) => {
    for (const sent of [error, 'invalid_grant', 'interaction_required', 'invalid_client']) {
      expect(classOf({ error: sent, errorCodes: [code] })).toEqual({ class: 'transient' });
    }
    const ended = { error: 'invalid_grant', errorCodes: [700082, code], suberror: 'bad_token' };
    expect(classOf(ended)).toEqual({ class: 'transient' });
  });
});

describe('a number that the operator can mend', () => {
  it.each<[number, error: string]>([
    [7000112, 'unauthorized_client'],
    [7000215, 'invalid_client'],
    [7000218, 'invalid_client'],
    [7000222, 'invalid_client'],
    [700016, 'unauthorized_client'],
    [700025, 'invalid_client'],
    [700027, 'invalid_client'],
    [700229, 'invalid_client'],
    [50011, 'invalid_request'],
    [50012, 'invalid_client'],
    [50194, 'invalid_request'],
    [500011, 'invalid_resource'],
    [650056, 'invalid_client'],
    [650057, 'invalid_resource'],
    [70001, 'unauthorized_client'],
    [70011, 'invalid_scope'],
    [90002, 'invalid_request'],
  ])('%i with %s signs nobody out', (code, error) => {
    for (const sent of [error, 'invalid_grant', 'interaction_required', 'something_new']) {
      expect(classOf({ error: sent, errorCodes: [code] })).toEqual({ class: 'operator' });
    }
  });
});

describe('a number that says that the request is not right', () => {
  const codes = [70002, 900144, 9002313];

  it.each(codes)('%i is the operator’s with an error that ends no sign-in', (code) => {
    for (const error of ['invalid_client', 'invalid_request', 'something_new', undefined]) {
      expect(classOf({ error, errorCodes: [code] })).toEqual({ class: 'operator' });
    }
  });

  it.each(codes)('%i means the refresh token, and the user, with one that does', (code) => {
    const ended = { class: 'user', reason: 'invalid_grant' };
    expect(classOf({ error: 'invalid_grant', errorCodes: [code] })).toEqual(ended);
    expect(classOf({ suberror: 'bad_token', errorCodes: [code] })).toEqual(ended);
    const interactive = { class: 'user', reason: 'interaction_required' };
    expect(classOf({ error: 'interaction_required', errorCodes: [code] })).toEqual(interactive);
  });
});

describe('a number that tells nothing more', () => {
  it.each<[FaultClass, ReauthReason | undefined, ...Answer]>([
    // The app redeemed a code twice, or with the wrong verifier: the user starts again.
    ['user', 'invalid_grant', 54005, 'invalid_grant'],
    ['user', 'invalid_grant', 501481, 'invalid_grant'],
    // Of the device flow.
    ['transient', undefined, 70016, 'authorization_pending'],
    ['user', 'login_required', 70018, 'bad_verification_code'],
    ['user', 'login_required', 70019, 'expired_token'],
    ['user', 'login_required', 70020, 'expired_token'],
    ['user', 'invalid_grant', 50134, 'invalid_grant'],
    ['user', 'invalid_grant', 90120, 'invalid_grant'],
    // Numbers that nobody has heard of.
    ['user', 'invalid_grant', 4711, 'invalid_grant'],
    ['user', 'consent_required', 4711, 'consent_required'],
    ['operator', undefined, 4711, 'invalid_client'],
    ['transient', undefined, 4711, 'something_new'],
    // A number of a user’s does not make the user’s fault of another error.
    ['operator', undefined, 700082, 'invalid_client'],
    ['transient', undefined, 700082, 'something_new'],
  ])('leaves it at %s %s: %i with %s', (faultClass, reason, code, error) => {
    const fault = classOf({ error, errorCodes: [code] });
    expect(fault).toEqual({ class: faultClass, ...(reason && { reason }) });
  });
});
