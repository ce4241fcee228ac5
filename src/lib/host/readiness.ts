import { AppError } from '../errors.ts';
import type { Checks } from '../health.ts';
import { configProblems, getCore } from './app.ts';

/**
 * @throws AppError with every failed check in its detail: `misconfigured` if somebody has to change
 *   something, else `temporarily_unavailable`.
 */
export async function checkReadiness(): Promise<Checks> {
  const problems = configProblems();
  if (problems) throw new AppError('misconfigured', { detail: problems });
  return getCore().health.checkReadiness();
}
