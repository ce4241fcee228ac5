import { AppError } from '../errors.ts';
import { configProblems, getServices } from './app.ts';

/** What readiness looks at: `config` is the settings, and the credential that they name. */
export type Checks = Record<'config' | 'storage' | 'queue' | 'keys', 'ok'>;

/**
 * @throws AppError with every failed check in its detail: `misconfigured` if somebody has to change
 *   something, else `temporarily_unavailable`.
 */
export async function checkReadiness(): Promise<Checks> {
  const problems = configProblems();
  if (problems) throw new AppError('misconfigured', { detail: problems });
  const failures: AppError[] = [];
  const { readiness } = getServices();
  await Promise.all(
    Object.entries(readiness).map(async ([name, check]) => {
      try {
        await check();
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

function asFailure(name: string, error: unknown): AppError {
  const code = error instanceof AppError ? error.code : 'temporarily_unavailable';
  const detail = error instanceof AppError ? error.public.detail : undefined;
  return new AppError(code, { detail: `${name}: ${detail ?? 'does not answer.'}` }, error);
}
