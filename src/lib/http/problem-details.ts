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

const titles: Record<ErrorCode, string> = {
  invalid_request: 'The request can’t be understood',
  unauthenticated: 'Sign in first',
  reauth_required: 'Sign in again',
  consent_required: 'Consent is needed',
  forbidden: 'Not allowed',
  csrf_rejected: 'The request did not come from this site’s own pages',
  not_found: 'There is nothing here',
  method_not_allowed: 'The method is not allowed here',
  user_action_required: 'The user has to sign in',
  gone: 'No longer available',
  slow_down: 'Asked too often',
  throttled: 'Too many requests',
  internal: 'Something went wrong',
  bad_gateway: 'Another service gave an answer that is not usable',
  misconfigured: 'The service is not configured correctly',
  temporarily_unavailable: 'Not available for the moment',
  graph_error: 'Microsoft Graph refused the request',
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
    title: titles[error.code],
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
