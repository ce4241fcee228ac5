import { AppError } from '../errors.ts';
import type { AuditAction } from './audit.ts';
import type { Clock, Log, TokenStore } from './ports.ts';
import type { RefreshPolicy } from './refresh/schedule.ts';
import { newSessionSecret, parseSessionSecret, placeOf, type SessionPolicy } from './session.ts';
import { endSurplus } from './session-limit.ts';
import type { ClientDescription, SessionEntry, SessionStore } from './session-ports.ts';
import { endPlaces, type SignOutDependencies, signOut } from './sign-out.ts';
import type { IssuedTokens } from './token-client.ts';
import { describeFault } from './token-error.ts';
import { toTokenRecord } from './token-record.ts';
import {
  type Flow,
  logName,
  type ProviderSession,
  type UserHash,
  type UserIdentity,
  userHash,
} from './user.ts';

export interface OpenSessionDependencies {
  tokens: TokenStore;
  sessions: SessionStore;
  sessionPolicy: SessionPolicy;
  refreshPolicy: RefreshPolicy;
  now: Clock;
  log: Log;
}

export interface OpenedSession {
  user: UserHash;
  /** Goes into the cookie, or to the device, and nowhere else. */
  sessionSecret: string;
  expiresAt: number;
}

/**
 * Opens a browser's (flow `code`) or a device's session for whoever the ID token is about.
 *
 * It is listed under its user first, in one transaction with the tokens, and the list is read again
 * before anybody learns its secret: a session that is on no list could not be ended from another
 * one. Whoever ends it meanwhile takes it off the list and deletes its row after that: either that
 * finds the row, or the list no longer has the session here.
 */
export async function openSession(
  dependencies: OpenSessionDependencies,
  { sid, loginHint, ...identity }: UserIdentity & ProviderSession,
  tokens: IssuedTokens,
  { flow, client }: { flow: Flow; client: ClientDescription },
): Promise<OpenedSession> {
  const now = dependencies.now();
  const user = userHash(identity);
  const expiresAt = now + dependencies.sessionPolicy.maxMs;
  const { secret, key } = newSessionSecret(expiresAt);
  const owner = {
    user,
    flow,
    tenantId: identity.tid,
    refreshedBy: 'request',
    lastSeenAt: now,
    sessionsEndAt: expiresAt,
  } as const;
  const record = toTokenRecord(tokens, owner, { policy: dependencies.refreshPolicy, now });
  const place = placeOf({ key, provider: { sid } });
  const entry = { hash: key.hash, createdAt: now, expiresAt, sidHash: place.sidHash };
  let entries: SessionEntry[];
  try {
    await dependencies.tokens.signIn(record, entry);
    await dependencies.sessions.create(key, {
      user,
      identity,
      flow,
      kind: flow === 'code' ? 'browser' : 'device',
      createdAt: now,
      lastSeenAt: now,
      expiresAt,
      client,
      provider: { sid, loginHint },
    });
    entries = await listWith(dependencies, user, key.hash);
  } catch (error) {
    // Nobody has the secret: if this fails too, the session ends for want of activity.
    await endPlaces(endingWith(dependencies), user, [place]).catch(() => undefined);
    throw error;
  }
  if (entries.length > 1) await tidyList(dependencies, user, { entries, opened: key.hash });
  return { user, sessionSecret: secret, expiresAt };
}

function endingWith(dependencies: OpenSessionDependencies): SignOutDependencies {
  const { sessionPolicy: policy, refreshPolicy } = dependencies;
  return { ...dependencies, policy, retainMs: refreshPolicy.retainMs };
}

/** What is too much on the user's list ends. It does not fail the new sign-in. */
async function tidyList(
  dependencies: OpenSessionDependencies,
  user: UserHash,
  list: Parameters<typeof endSurplus>[2],
): Promise<void> {
  try {
    await endSurplus(endingWith(dependencies), user, list);
  } catch (error) {
    dependencies.log.warn('surplus-sessions-not-ended', describeFault(error));
  }
}

/**
 * The user's sessions, with the one that is being opened. Who was forgotten while they signed in has
 * no session: it could not be ended any more.
 */
async function listWith(
  { tokens }: OpenSessionDependencies,
  user: UserHash,
  hash: string,
): Promise<SessionEntry[]> {
  const listed = await tokens.sessionsOf(user);
  if (listed.some((entry) => entry.hash === hash)) return listed;
  throw new AppError('temporarily_unavailable', {
    ...{ detail: 'You were signed out everywhere meanwhile. Sign in again.', login: {} },
  });
}

/** Whoever was signed in in this browser no longer is. It does not fail the new sign-in. */
export async function endEarlierSession(
  dependencies: OpenSessionDependencies,
  sessionSecret: string | undefined,
): Promise<void> {
  const { sessions, log } = dependencies;
  const key = parseSessionSecret(sessionSecret);
  try {
    const earlier = key && (await sessions.read(key));
    if (!key || earlier?.kind !== 'browser') return;
    await signOut(endingWith(dependencies), { ...earlier, key });
    const action: AuditAction = 'sign-out';
    log.info('audit', { action, outcome: 'ok', user: logName(earlier.user), by: 'sign-in' });
  } catch (error) {
    log.warn('earlier-session-not-ended', describeFault(error));
  }
}
