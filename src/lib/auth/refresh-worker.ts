import type { DueMark, Log } from './ports.ts';
import { type RefreshDependencies, refreshTokens } from './refresh.ts';
import { classifyFault, TokenError } from './token-error.ts';
import { logName } from './user.ts';

/**
 * Refreshes a user whom the sweep found due. A message that comes twice finds the user no longer
 * due. A refusal by the token endpoint is logged; the due mark brings the user back.
 */
export async function refreshDueUser(
  dependencies: RefreshDependencies & { log: Log },
  mark: DueMark,
): Promise<void> {
  const { now, log } = dependencies;
  const user = logName(mark.user);
  try {
    const outcome = await refreshTokens(dependencies, {
      user: mark.user,
      flow: mark.flow,
      by: 'timer',
      wanted: (record) => record.dueAt <= now(),
    });
    if (outcome.kind === 'gone') await dependencies.tokens.dropOrphan(mark);
    log.info('refresh', { user, flow: mark.flow, outcome: outcome.kind });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    const { status, error: code, errorCodes, traceId } = error.fault;
    const fault = classifyFault(error.fault);
    log.warn('refresh-failed', { user, flow: mark.flow, fault, status, code, errorCodes, traceId });
  }
}
