import type { TokenRecord } from '../../src/lib/auth/ports.ts';
import type { RefreshPolicy } from '../../src/lib/auth/refresh/schedule.ts';
import { refreshDueUser } from '../../src/lib/auth/refresh/worker.ts';
import type { SessionPolicy, SessionRecord } from '../../src/lib/auth/session/ports.ts';
import { sessionKey } from '../../src/lib/auth/session/session.ts';
import { days, startTime } from './clock.ts';
import { sessionPolicy } from './refresh-policy.ts';
import { createRefreshing } from './refreshing.ts';
import { marksOf } from './token-records.ts';

export interface AbsentOptions {
  /** When the user is due, in milliseconds from the sign-in. */
  after: number;
  record?: Partial<TokenRecord>;
  refresh?: Partial<RefreshPolicy>;
  session?: SessionPolicy;
}

/** Sessions that live for as long as they may, whether or not they are used. */
export const patient: SessionPolicy = { idleMs: 7 * days, maxMs: 7 * days };

/** A user who signed in at the start, and has not been seen since. */
export async function createAbsent({
  after,
  record = {},
  refresh = {},
  session: policy = sessionPolicy,
}: AbsentOptions) {
  const refreshing = await createRefreshing({ dueAt: startTime + after, ...record });
  const { clock, user, session, sessions, instance, tokens } = refreshing;
  const opened: SessionRecord = {
    ...{ user, flow: 'code', kind: 'browser', createdAt: startTime, lastSeenAt: startTime },
    identity: { oid: 'oid', tid: 'tid', name: undefined, username: undefined },
    expiresAt: session.expiresAt,
  };
  await sessions.create(sessionKey(session), opened);
  clock.advance(after);

  const here = { ...instance({ policy: refresh }), sessionPolicy: policy };

  /** As the sweep would have it. @returns what came of it. */
  async function work(): Promise<unknown> {
    const marks = await marksOf(tokens, user);
    const due = marks.filter(({ dueAt }) => dueAt <= clock.now());
    for (const mark of due) await refreshDueUser(here, mark);
    return refreshing.log.lines.at(-1)?.fields['outcome'];
  }

  return { ...refreshing, here, work };
}
