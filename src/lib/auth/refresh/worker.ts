import { AppError } from '../../errors.ts';
import type { DueMark } from '../ports.ts';
import { TokenError } from '../token-error.ts';
import { logName } from '../user.ts';
import { type RefreshDependencies, refreshTokens } from './refresh.ts';

/**
 * Refreshes a user whom the sweep found due. A message that comes twice finds the user no longer
 * due. A failure is in the log; the due mark, which stays, brings the user back.
 */
export async function refreshDueUser(
  dependencies: RefreshDependencies,
  mark: DueMark,
): Promise<void> {
  const { tokens, now, log } = dependencies;
  const { user, flow } = mark;
  try {
    const outcome = await refreshTokens(dependencies, {
      user,
      flow,
      by: 'timer',
      wanted: (record) => record.dueAt <= now(),
    });
    const { kind } = outcome;
    if (kind === 'gone' || kind === 'not-wanted') await tokens.dropStaleMark(mark);
    log.info('refresh', { user: logName(user), flow, outcome: kind });
  } catch (error) {
    if (!(error instanceof TokenError || error instanceof AppError)) throw error;
  }
}
