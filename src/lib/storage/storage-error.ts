import { AppError, ConflictError, GoneError } from '../errors.ts';

/** The parts of the storage SDKs' `RestError` that matter here. */
interface RestFailure {
  statusCode?: number;
  code?: string;
  /** Where the tables SDK has the code, unless a transaction failed. */
  details?: { odataError?: { code?: string } };
}

export function isMissingContainer(error: unknown): boolean {
  const { code } = failureOf(error);
  return code === 'TableNotFound' || code === 'QueueNotFound';
}

/** What a failed storage operation means to the core. */
export function toStorageError(error: unknown): Error {
  switch (failureOf(error).statusCode) {
    case 404:
      return new GoneError('the row is gone', { cause: error });
    case 409:
    case 412:
      return new ConflictError('the row has changed', { cause: error });
    case 401:
    case 403:
      return new AppError(
        'misconfigured',
        { detail: 'Storage refuses the app. Check TOKEN_STORAGE and the identity’s roles.' },
        error,
      );
    default:
      return new AppError('temporarily_unavailable', {}, error);
  }
}

/** For a deletion: a row that is gone is as good as deleted. */
export async function ignoreGone(operation: Promise<unknown>): Promise<void> {
  await operation.catch((error: unknown) => {
    if (!(error instanceof GoneError)) throw error;
  });
}

function failureOf(error: unknown): RestFailure {
  if (!(error instanceof Error)) return {};
  const { statusCode, details, code = details?.odataError?.code } = error as RestFailure;
  return { ...(statusCode !== undefined && { statusCode }), ...(code !== undefined && { code }) };
}
