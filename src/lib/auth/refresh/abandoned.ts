import type { TokenStatus } from '../ports.ts';
import { endDeadSessions, type SignOutDependencies } from '../sign-out.ts';
import type { RefreshDependencies } from './outcome.ts';

/**
 * Ends the dead sessions of a user whom only back ends still use. A back end keeps tokens fresh, and
 * no session alive: without retention the tokens go with the last session.
 */
export function createEndAbandoned(
  dependencies: SignOutDependencies,
): RefreshDependencies['endAbandoned'] {
  return async (status: TokenStatus) => {
    const { policy, now } = dependencies;
    const { user, lastSeenAt, usedAt, sessionsEndAt } = status;
    const mayBeDead = usedAt > lastSeenAt && now() - lastSeenAt >= policy.idleMs;
    if (!mayBeDead || sessionsEndAt <= now()) return false;
    return endDeadSessions(dependencies, user);
  };
}
