import { AppError } from './errors.ts';

const names = ['config', 'storage', 'queue', 'keys'] as const;

/** What readiness looks at: `config` is the settings, and the credential that they name. */
export type Checks = Record<(typeof names)[number], 'ok'>;

/**
 * Runs every check at once.
 *
 * @param checks each rejects if it fails.
 * @throws AppError with every failed check in its detail: `misconfigured` if somebody has to change
 *   something, else `temporarily_unavailable`.
 */
export async function runReadinessChecks(
  checks: Readonly<Record<keyof Checks, () => Promise<unknown>>>,
): Promise<Checks> {
  const failures: AppError[] = [];
  await Promise.all(
    names.map(async (name) => {
      try {
        await checks[name]();
      } catch (error) {
        failures.push(asFailure(name, error));
      }
    }),
  );
  if (failures.length === 0) return { config: 'ok', storage: 'ok', queue: 'ok', keys: 'ok' };
  const code = failures.some((failure) => failure.code === 'misconfigured')
    ? 'misconfigured'
    : 'temporarily_unavailable';
  const detail = failures.map((failure) => failure.public.detail).join(' ');
  throw new AppError(code, { detail }, new AggregateError(failures));
}

function asFailure(name: keyof Checks, error: unknown): AppError {
  const code = error instanceof AppError ? error.code : 'temporarily_unavailable';
  const detail = error instanceof AppError ? error.public.detail : undefined;
  return new AppError(code, { detail: `${name}: ${detail ?? 'does not answer.'}` }, error);
}
