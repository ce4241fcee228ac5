import { setTimeout as sleep } from 'node:timers/promises';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import { type Check, type Finding, failed, type Result, type Subject, skipped } from './check.ts';
import { refusalOf } from './entra-refusals.ts';
import { describeFailure } from './failure.ts';

/** What a check asks has deadlines of its own, which are shorter. */
const longestCheckMs = 30_000;

export interface RunOptions {
  /** Is told which check is next. */
  begin: (name: string) => void;
  /** Milliseconds for one check. Default 30 s. */
  longestMs?: number;
}

/**
 * Carries out checks one after the other, each within its time, without those whose needs have
 * failed or were skipped.
 */
export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  { begin, longestMs = longestCheckMs }: RunOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const check of checks) {
    begin(check.name);
    const missing = check.needs.filter((need) => !isPassed(results, need));
    const finding =
      missing.length > 0
        ? skipped(`because of ${missing.join(', ')}`)
        : await run(check, subject, longestMs);
    results.push({ name: check.name, ...finding });
  }
  return results;
}

function isPassed(results: readonly Result[], name: string): boolean {
  const result = results.find((each) => each.name === name);
  return result?.status === 'ok' || result?.status === 'warning';
}

async function run(check: Check, subject: Subject, longestMs: number): Promise<Finding> {
  const late = new AbortController();
  const tooLong = sleep(longestMs, failed(`nothing after ${longestMs / 1000} s`, check.mend), {
    signal: late.signal,
  });
  try {
    return await Promise.race([check.run(subject), tooLong]);
  } catch (error) {
    const known = error instanceof TokenError ? refusalOf(error.fault.errorCodes) : undefined;
    return failed(describeFailure(error), known?.mend ?? check.mend);
  } finally {
    late.abort();
    await tooLong.catch(() => undefined);
  }
}
