import type { AppError, ErrorCode } from '../errors.ts';

/** An error as JSON. @see RFC 9457 */
export interface ProblemDetails {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  reason?: string;
  graphCode?: string;
  graphRequestId?: string;
  loginUrl?: string;
  requestId: string;
}

/** What each code means, and what a caller does about it. */
export const problemTexts: Readonly<Record<ErrorCode, { title: string; advice: string }>> = {
  invalid_request: {
    title: 'The request can’t be understood',
    advice: 'Change it as `detail` says.',
  },
  unauthenticated: {
    title: 'Sign in first',
    advice:
      'A browser goes to `loginUrl`, a device signs in with `POST /device`, a back end gets itself a token for this app.',
  },
  reauth_required: {
    title: 'Sign in again',
    advice: 'As `unauthenticated`; `reason` says why the tokens are no longer good.',
  },
  consent_required: {
    title: 'Consent is needed',
    advice: 'The user goes to `loginUrl` and allows the scopes that are missing.',
  },
  forbidden: {
    title: 'Not allowed',
    advice: 'Asking again is of no use. `detail`, and at times `reason`, says what is in the way.',
  },
  csrf_rejected: {
    title: 'The request did not come from this site’s own pages',
    advice:
      'Send it from a page of this origin, unsafe methods with `X-CSRF: 1`, or from a program without cookies.',
  },
  not_found: {
    title: 'There is nothing here',
    advice: 'Look at the path, and at the ids in it. What is off is not there either.',
  },
  method_not_allowed: {
    title: 'The method is not allowed here',
    advice: 'Use one of those in `Allow`.',
  },
  user_action_required: {
    title: 'The user has to sign in',
    advice: 'Have the user go to `loginUrl`; ask again after that.',
  },
  gone: { title: 'No longer available', advice: 'Start again with `POST /device`.' },
  slow_down: {
    title: 'Asked too often',
    advice: 'Ask again after the seconds in `Retry-After`, and no more often than that.',
  },
  throttled: {
    title: 'Too many requests',
    advice: 'Ask again after the seconds in `Retry-After`.',
  },
  internal: {
    title: 'Something went wrong',
    advice: 'It is a fault of this app: tell its operator the `requestId`.',
  },
  bad_gateway: {
    title: 'Another service gave an answer that is not usable',
    advice: 'Do as `detail` says. If it stays, tell the operator the `requestId`.',
  },
  misconfigured: {
    title: 'The service is not configured correctly',
    advice: 'Its operator has to mend that: `GET /health/ready` says what.',
  },
  temporarily_unavailable: {
    title: 'Not available for the moment',
    advice: 'Ask again after the seconds in `Retry-After`.',
  },
  graph_error: {
    title: 'Microsoft Graph refused the request',
    advice: 'The status is Graph’s own, and so is `graphCode`, which says why.',
  },
};

const defaultRetryAfterSeconds = 5;

export function toProblem(
  error: AppError,
  context: { requestId: string; loginUrl: string | undefined },
): ProblemDetails {
  const { detail, reason, graph, graphRequestId, members } = error.public;
  return {
    ...members,
    type: `urn:evergreen:problem:${error.code}`,
    title: problemTexts[error.code].title,
    status: error.status,
    code: error.code,
    ...(detail && { detail }),
    ...(reason && { reason }),
    ...(graph?.code && { graphCode: graph.code }),
    ...(graphRequestId && { graphRequestId }),
    ...(context.loginUrl && { loginUrl: context.loginUrl }),
    requestId: context.requestId,
  };
}

/** Headers that go with an error: `Allow`, `WWW-Authenticate`, and `Retry-After` with every 429 and 503. */
export function problemHeaders(error: AppError): Record<string, string> {
  const { allow, challenge, retryAfterSeconds = defaultRetryAfterSeconds } = error.public;
  const waits = error.status === 429 || error.status === 503;
  return {
    ...(allow && { allow: allow.join(', ') }),
    ...(challenge && { 'www-authenticate': challenge }),
    ...(waits && { 'retry-after': String(retryAfterSeconds) }),
  };
}
