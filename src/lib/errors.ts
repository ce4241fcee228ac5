/**
 * The closed set of problem codes, each with its HTTP status.
 * `graph_error` carries Graph's own 4xx status instead of the one here.
 */
export const statusByCode = {
  invalid_request: 400,
  unauthenticated: 401,
  reauth_required: 401,
  consent_required: 403,
  forbidden: 403,
  csrf_rejected: 403,
  not_found: 404,
  method_not_allowed: 405,
  user_action_required: 409,
  gone: 410,
  slow_down: 429,
  throttled: 429,
  internal: 500,
  bad_gateway: 502,
  misconfigured: 503,
  temporarily_unavailable: 503,
  graph_error: 400,
} as const;

export type ErrorCode = keyof typeof statusByCode;

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
    return this.public.graph?.status ?? statusByCode[this.code];
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
