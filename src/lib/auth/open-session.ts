import { AppError } from '../errors.ts';
import type { AuditAction } from './audit.ts';
import type { ClientDescription, Clock, Log, SessionStore, TokenStore } from './ports.ts';
import type { RefreshPolicy } from './refresh/schedule.ts';
import { newSessionSecret, parseSessionSecret, type SessionPolicy } from './session.ts';
import { signOut } from './sign-out.ts';
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
 * It is listed under its user first, in one transaction with the tokens: a session that is on no
 * list could not be ended from another one.
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
  await dependencies.tokens.signIn(record, { hash: key.hash, createdAt: now, expiresAt });
  try {
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
    await assertListed(dependencies, user, key.hash);
  } catch (error) {
    await dependencies.sessions.remove(key).catch(() => undefined);
    const options = { now, retainMs: dependencies.refreshPolicy.retainMs };
    await dependencies.tokens.signOut(user, [key.hash], options).catch(() => undefined);
    throw error;
  }
  return { user, sessionSecret: secret, expiresAt };
}

/** Who was forgotten while they signed in has no session: it could not be ended any more. */
async function assertListed(
  { tokens }: OpenSessionDependencies,
  user: UserHash,
  hash: string,
): Promise<void> {
  const listed = await tokens.sessionsOf(user);
  if (listed.some((entry) => entry.hash === hash)) return;
  throw new AppError('temporarily_unavailable', {
    ...{ detail: 'You were signed out everywhere meanwhile. Sign in again.', login: {} },
  });
}

/** Whoever was signed in in this browser no longer is. It does not fail the new sign-in. */
export async function endEarlierSession(
  dependencies: OpenSessionDependencies,
  sessionSecret: string | undefined,
): Promise<void> {
  const { sessions, sessionPolicy, log } = dependencies;
  const key = parseSessionSecret(sessionSecret);
  try {
    const earlier = key && (await sessions.read(key));
    if (!key || earlier?.kind !== 'browser') return;
    const { retainMs } = dependencies.refreshPolicy;
    await signOut(
      { ...dependencies, policy: sessionPolicy, retainMs },
      { user: earlier.user, key },
    );
    const action: AuditAction = 'sign-out';
    log.info('audit', { action, outcome: 'ok', user: logName(earlier.user), by: 'sign-in' });
  } catch (error) {
    log.warn('earlier-session-not-ended', describeFault(error));
  }
}
