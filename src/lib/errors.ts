/**
 * The closed set of problem codes: the HTTP status of each, what it means, and what a caller does about it.
 * `graph_error` carries Graph's own 4xx status instead of the one here.
 */
export const problems = {
  invalid_request: {
    status: 400,
    title: 'The request can’t be understood',
    advice: 'Change it as `detail` says.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    advice:
      'A browser goes to `loginUrl`, a device signs in with `POST /device`, a back end gets itself a token for this app.',
  },
  reauth_required: {
    status: 401,
    title: 'Sign in again',
    advice: 'As `unauthenticated`; `reason` says why the tokens are no longer good.',
  },
  consent_required: {
    status: 403,
    title: 'Consent is needed',
    advice: 'The user goes to `loginUrl` and allows the scopes that are missing.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    advice: 'Asking again is of no use. `detail`, and at times `reason`, says what is in the way.',
  },
  csrf_rejected: {
    status: 403,
    title: 'The request did not come from this site’s own pages',
    advice:
      'Send it from a page of this origin, unsafe methods with `X-CSRF: 1`, or from a program without cookies.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here',
    advice: 'Look at the path, and at the ids in it. What is off is not there either.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here',
    advice: 'Use one of those in `Allow`.',
  },
  user_action_required: {
    status: 409,
    title: 'The user has to sign in',
    advice: 'Have the user go to `loginUrl`; ask again after that.',
  },
  gone: { status: 410, title: 'No longer available', advice: 'Start again with `POST /device`.' },
  slow_down: {
    status: 429,
    title: 'Asked too often',
    advice: 'Ask again after the seconds in `Retry-After`, and no more often than that.',
  },
  throttled: {
    status: 429,
    title: 'Too many requests',
    advice: 'Ask again after the seconds in `Retry-After`.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong',
    advice: 'It is a fault of this app: tell its operator the `requestId`.',
  },
  bad_gateway: {
    status: 502,
    title: 'Another service gave an answer that is not usable',
    advice: 'Do as `detail` says. If it stays, tell the operator the `requestId`.',
  },
  misconfigured: {
    status: 503,
    title: 'The service is not configured correctly',
    advice: 'Its operator has to mend that: `GET /health/ready` says what.',
  },
  temporarily_unavailable: {
    status: 503,
    title: 'Not available for the moment',
    advice: 'Ask again after the seconds in `Retry-After`.',
  },
  graph_error: {
    status: 400,
    title: 'Microsoft Graph refused the request',
    advice: 'The status is Graph’s own, and so is `graphCode`, which says why.',
  },
} as const satisfies Record<string, { status: number; title: string; advice: string }>;

export type ErrorCode = keyof typeof problems;

export const errorCodes = Object.keys(problems) as ErrorCode[];

/** What a caller may see of a failure, besides its code. Holds no secret and no foreign text. */
export interface PublicDetail {
  /** One sentence in our own words: what happened, and what to do next. */
  detail?: string;
  /** A closed word that refines the code, for example why signing in again is needed. */
  reason?: string;
  /** Seconds after which trying again makes sense. Default for 429 and 503: 5. */
  retryAfterSeconds?: number;
  /** Set where signing in again helps: the query of the `loginUrl` in the answer. */
  login?: { scope?: string; claims?: string };
  /** Graph's own status and error code, with code `graph_error`. */
  graph?: { status: number; code: string | undefined };
  /** Graph's `request-id`, for a support case with Microsoft. */
  graphRequestId?: string;
  /** More members of the problem. @see RFC 9457 section 3.2 */
  members?: object;
  /** Scheme for the `WWW-Authenticate` header. @see RFC 6750 section 3 */
  challenge?: 'Bearer';
  /** Methods for the `Allow` header, with code `method_not_allowed`. */
  allow?: readonly string[];
}

/** The one error type that crosses layers. Callers switch on `code`; `cause` stays private. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly public: PublicDetail;

  constructor(code: ErrorCode, detail: PublicDetail = {}, cause?: unknown) {
    super(`${code}${detail.detail ? `: ${detail.detail}` : ''}`, { cause });
    this.code = code;
    this.public = detail;
  }

  get status(): number {
    return this.public.graph?.status ?? problems[this.code].status;
  }
}

/**
 * Why this process can't use a row for now: its data key can't be had, or a newer version of the app
 * wrote it.
 */
export type UnusableReason = 'key' | 'newer_schema';

/** A row is there and can't be used for now, though its store is well: others' rows may be fine. */
export class UnusableError extends AppError {
  readonly reason: UnusableReason;

  /** @param failure says what callers are told. */
  constructor(reason: UnusableReason, failure: AppError) {
    super(failure.code, failure.public, failure);
    this.reason = reason;
  }
}

/** A row changed since it was read (412), or exists already (409). */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** A row that should be updated is not there: the user signed out meanwhile. Never insert it. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}
