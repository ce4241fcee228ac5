import { AppError } from '../../errors.ts';
import type { AuditAction } from '../audit.ts';
import type { Core } from '../core.ts';
import type { IssuedTokens } from '../tokens/token-client.ts';
import { describeFault } from '../tokens/token-error.ts';
import { toTokenRecord } from '../tokens/token-record.ts';
import {
  type Flow,
  logName,
  type ProviderSession,
  type UserHash,
  type UserIdentity,
  userHash,
} from '../user.ts';
import { endSurplus } from './limit.ts';
import type { ClientDescription, SessionEntry } from './ports.ts';
import { newSessionSecret, parseSessionSecret, placeOf } from './session.ts';
import { type EndingCore, endPlaces, signOut } from './sign-out.ts';

/** What opens sessions. */
export type OpeningCore = EndingCore & Pick<Core, 'log'>;

export interface OpenedSession {
  user: UserHash;
  /** Goes into the cookie, or to the device, and nowhere else. */
  sessionSecret: string;
  expiresAt: number;
}

/**
 * Opens a browser's (flow `code`) or a device's session for whoever the ID token is about.
 *
 * It first lists the session under its user, in one transaction with the tokens, and reads the list again
 * before anybody learns the secret: a session on no list could not be ended from another one. A concurrent
 * sign-out takes the session off the list and then deletes its row, so either it finds the row, or this call
 * finds the session missing from the list.
 */
export async function openSession(
  core: OpeningCore,
  { sid, loginHint, ...identity }: UserIdentity & ProviderSession,
  tokens: IssuedTokens,
  { flow, client }: { flow: Flow; client: ClientDescription },
): Promise<OpenedSession> {
  const now = core.now();
  const user = userHash(identity);
  const expiresAt = now + core.sessionPolicy.maxMs;
  const { secret, key } = newSessionSecret(expiresAt);
  const owner = {
    user,
    flow,
    tenantId: identity.tid,
    refreshedBy: 'request',
    lastSeenAt: now,
    sessionsEndAt: expiresAt,
  } as const;
  const record = toTokenRecord(tokens, owner, { policy: core.refreshPolicy, now });
  const place = placeOf({ key, provider: { sid } });
  const entry = { hash: key.hash, createdAt: now, expiresAt, sidHash: place.sidHash };
  let entries: SessionEntry[];
  try {
    await core.tokens.signIn(record, entry);
    await core.sessions.create(key, {
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
    entries = await listWith(core, user, key.hash);
  } catch (error) {
    // Nobody has the secret. If this fails too, the session times out unused.
    await endPlaces(core, user, [place]).catch(() => undefined);
    throw error;
  }
  if (entries.length > 1) await tidyList(core, user, { entries, opened: key.hash });
  return { user, sessionSecret: secret, expiresAt };
}

/** Ends surplus sessions on the user's list. A failure does not fail the new sign-in. */
async function tidyList(
  core: OpeningCore,
  user: UserHash,
  list: Parameters<typeof endSurplus>[2],
): Promise<void> {
  try {
    await endSurplus(core, user, list);
  } catch (error) {
    core.log.warn('surplus-sessions-not-ended', describeFault(error));
  }
}

/**
 * Lists the user's sessions, including the one being opened. If the user was signed out everywhere during the
 * sign-in, the new session is missing and is refused: nothing could end it later.
 */
async function listWith(
  { tokens }: OpeningCore,
  user: UserHash,
  hash: string,
): Promise<SessionEntry[]> {
  const listed = await tokens.sessionsOf(user);
  if (listed.some((entry) => entry.hash === hash)) return listed;
  throw new AppError('temporarily_unavailable', {
    ...{ detail: 'You were signed out everywhere meanwhile. Sign in again.', login: {} },
  });
}

/** Ends the session that this browser had before. A failure does not fail the new sign-in. */
export async function endEarlierSession(
  core: OpeningCore,
  sessionSecret: string | undefined,
): Promise<void> {
  const { sessions, log } = core;
  const key = parseSessionSecret(sessionSecret);
  try {
    const earlier = key && (await sessions.read(key));
    if (!key || earlier?.kind !== 'browser') return;
    await signOut(core, { ...earlier, key });
    const action: AuditAction = 'sign-out';
    log.info('audit', { action, outcome: 'ok', user: logName(earlier.user), by: 'sign-in' });
  } catch (error) {
    log.warn('earlier-session-not-ended', describeFault(error));
  }
}
