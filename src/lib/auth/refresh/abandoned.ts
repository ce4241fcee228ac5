import type { TokenStatus } from '../ports.ts';
import { type EndingCore, endDeadSessions } from '../session/sign-out.ts';

/**
 * Ends the dead sessions of a user whom only back ends still use, before their tokens are refreshed.
 * A back end keeps tokens fresh, but no session alive: without retention the tokens go with the last
 * session.
 *
 * @returns whether tokens were deleted.
 */
export async function endAbandoned(
  core: EndingCore,
  { user, lastSeenAt, usedAt, sessionsEndAt }: TokenStatus,
): Promise<boolean> {
  const { sessionPolicy, now } = core;
  const mayBeDead = usedAt > lastSeenAt && now() - lastSeenAt >= sessionPolicy.idleMs;
  if (!mayBeDead || sessionsEndAt <= now()) return false;
  return endDeadSessions(core, user);
}
