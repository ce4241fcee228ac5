import { tokensTooLarge } from '../auth/tokens/too-large.ts';
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

/**
 * Codes of what is too large: an emulator may count otherwise than we do.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
 */
export const tooLargeCodes = /\b(EntityTooLarge|PropertyValueTooLarge|RequestBodyTooLarge)\b/;

/** What a failed storage operation means to the core. */
export function toStorageError(error: unknown): Error {
  const { statusCode, code = '' } = failureOf(error);
  if (statusCode === 413 || tooLargeCodes.test(code)) return tokensTooLarge({}, error);
  switch (statusCode) {
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
