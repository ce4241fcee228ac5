import { iso } from '../../basics/time-text.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import type { TokenStatus } from '../ports.ts';
import { listSessions, type SessionSummary } from '../session/list.ts';
import { type Flow, flows, logName, userHash } from '../user.ts';
import { formatUserId, parseUserId } from './user-id.ts';

/** A user's tokens for one client, without the tokens. Times are ISO 8601 in UTC. */
export interface ShownTokens {
  flow: Flow;
  state: TokenStatus['state'];
  reason?: string;
  /** Whether the row can be opened: if not, the user counts as having no tokens. */
  readable: boolean;
  scopes: readonly string[];
  accessTokenExpiresAt: string;
  lastRefreshedAt: string;
  lastRefreshedBy: TokenStatus['refreshedBy'];
  /** Refreshes that have failed since. */
  failures: number;
  lastSeenAt: string;
  dueAt: string;
}

export interface ShownUser {
  /** `oid.tid` */
  user: string;
  /** What the log calls the user. */
  logName: string;
  tokens: ShownTokens[];
  /** Live ones, the newest 100, as `GET /sessions` shows them. */
  sessions: Omit<SessionSummary, 'current'>[];
}

/**
 * What is kept of a user.
 *
 * @param id `oid.tid`
 * @throws AppError as {@link parseUserId}; `not_found` for who has nothing here.
 */
export async function showUser(
  core: Pick<Core, 'tokens' | 'sessions' | 'sessionPolicy' | 'now'>,
  id: string,
): Promise<ShownUser> {
  const owner = parseUserId(id);
  const user = userHash(owner);
  const { tokens } = core;
  const shown: ShownTokens[] = [];
  for (const flow of flows) {
    const status = await tokens.readStatus(user, flow);
    if (status) shown.push(toShown(status, (await tokens.read(user, flow)) !== undefined));
  }
  const sessions = await listSessions(core, { user });
  if (shown.length === 0 && sessions.length === 0) {
    const detail = 'There is nothing of this user here.';
    throw new AppError('not_found', { detail });
  }
  return {
    user: formatUserId(owner),
    logName: logName(user),
    tokens: shown,
    sessions: sessions.map(({ current: _, ...session }) => session),
  };
}

function toShown(status: TokenStatus, readable: boolean): ShownTokens {
  const { flow, state, reason, scopes, refreshedBy, failures } = status;
  return {
    ...{ flow, state, ...(reason && { reason }), readable, scopes },
    accessTokenExpiresAt: iso(status.accessTokenExpiresAt),
    lastRefreshedAt: iso(status.refreshedAt),
    lastRefreshedBy: refreshedBy,
    failures,
    lastSeenAt: iso(status.lastSeenAt),
    dueAt: iso(status.dueAt),
  };
}
