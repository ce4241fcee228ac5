import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import { AppError } from '../../src/lib/errors.ts';
import { OutboundError } from '../../src/lib/http/outbound-request.ts';
import { describeRefusal } from './entra-refusals.ts';

/**
 * What may be shown of an error: our own words, statuses and codes. Messages of foreign errors may
 * quote what they failed on.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof TokenError) return describeRefusal(error.fault);
  if (error instanceof OutboundError) return error.message;
  const own = error instanceof AppError ? wordsOf(error) : nameOf(error);
  const codes = [...new Set(causesOf(error).flatMap(codesOf))];
  return codes.length > 0 ? `${own} (${codes.join(' ')})` : own;
}

/** The HTTP status of an answer at the bottom of an error, if there was one. */
export function statusOf(error: unknown): number | undefined {
  return causesOf(error)
    .map(({ statusCode }) => statusCode)
    .find((status) => typeof status === 'number');
}

type Cause = Error & { code?: unknown; statusCode?: unknown; details?: unknown };

function causesOf(error: unknown): Cause[] {
  return error instanceof Error ? [error as Cause, ...causesOf(error.cause)] : [];
}

function wordsOf({ code, public: { detail } }: AppError): string {
  if (detail !== undefined) return detail;
  return code === 'temporarily_unavailable' ? 'does not answer' : code;
}

/** Only plain words pass. */
function codesOf(cause: Cause): string[] {
  if (cause instanceof AppError) return [];
  const { code, statusCode, details } = cause;
  const { errorCode, odataError } = (details ?? {}) as {
    errorCode?: unknown;
    odataError?: { code?: unknown };
  };
  return [statusCode, code, errorCode ?? odataError?.code]
    .map(String)
    .filter((text) => /^(?!undefined$)[\w.-]{1,64}$/.test(text));
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an unknown error';
}
