/**
 * What is an audit event: a closed set of actions, each logged as `audit` with its outcome, the
 * request and, as far as they are known, the user (by hash), the client and Entra's trace id.
 */
export type AuditAction =
  | 'sign-in'
  | 'sign-out'
  | 'session-end'
  | 'front-channel-sign-out'
  | 'deletion'
  | 'operator-revocation'
  | 'operator-deletion'
  | 'device-start'
  | 'device-sign-in'
  | 'back-end-token'
  | 'back-end-graph'
  | 'refresh';

/** Who did something, for whom, and with what: no names of people, and no secrets. */
export interface Audit {
  /** Short hash of the user. */
  user?: string;
  /** Client id of the back end. */
  client?: string;
  scopes?: readonly string[];
  /** Of the caller, with {@link userAgent}, where the client itself is what counts. */
  address?: string | undefined;
  userAgent?: string | undefined;
  /** Short hash of a device sign-in: the same at its start and its end. */
  signIn?: string;
  /** Short hashes of the users whose sessions ended, one for each. */
  users?: readonly string[];
}
