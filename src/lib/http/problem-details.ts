import { type AppError, type ErrorCode, problems } from '../errors.ts';

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

const defaultRetryAfterSeconds = 5;

export function toProblem(
  error: AppError,
  context: { requestId: string; loginUrl: string | undefined },
): ProblemDetails {
  const { detail, reason, graph, graphRequestId, members } = error.public;
  return {
    ...members,
    type: `urn:evergreen:problem:${error.code}`,
    title: problems[error.code].title,
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
