import { dayOf } from '../../basics/time-text.ts';
import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import { deviceSignInOff } from '../device/errors.ts';
import { hashOfSid } from '../user.ts';
import { newBucketedSecret, parseBucketedSecret } from './bucketed-secret.ts';
import {
  type Ending,
  endings,
  type SessionEntry,
  type SessionKey,
  type SessionPlace,
  type SessionPolicy,
  type SessionRecord,
  type SessionStore,
} from './ports.ts';

type SessionCore = Pick<Core, 'sessions' | 'sessionPolicy' | 'now'>;

/** A session, and where it is. */
export interface StoredSession extends SessionRecord {
  key: SessionKey;
}

/** A session that holds. */
export interface LiveSession extends StoredSession {
  idleExpiresAt: number;
}

/** Activity is written at most this often. */
const maxTouchIntervalMs = 5 * 60 * 1000;

/** A new session's secret, for its holder alone, and its key, for the store. */
export function newSessionSecret(expiresAt: number): { secret: string; key: SessionKey } {
  const day = dayOf(expiresAt);
  const { secret, hash } = newBucketedSecret(day);
  return { secret, key: { day, hash } };
}

/** Where all is that is stored of a session. */
export function placeOf({ key, provider }: Pick<StoredSession, 'key' | 'provider'>): SessionPlace {
  return { key, sidHash: provider?.sid === undefined ? undefined : hashOfSid(provider.sid) };
}

/** Where all is that is stored of a session that is listed under its user. */
export function listedPlace(entry: SessionEntry): SessionPlace {
  return { key: sessionKey(entry), sidHash: entry.sidHash };
}

/** Where a session is that is listed under its user. */
export function sessionKey({
  hash,
  expiresAt,
}: Pick<SessionEntry, 'hash' | 'expiresAt'>): SessionKey {
  return { day: dayOf(expiresAt), hash };
}

/** @returns undefined for anything but a session secret. */
export function parseSessionSecret(secret: string | undefined): SessionKey | undefined {
  const parsed = parseBucketedSecret(secret, /^\d{4}-\d{2}-\d{2}$/);
  return parsed && { day: parsed.bucket, hash: parsed.hash };
}

/** The name of a session that others may see. Tells nothing of its secret. */
export function publicSessionId(key: Pick<SessionKey, 'hash'>): string {
  return key.hash.slice(0, 24);
}

/**
 * The session that a request is made in, and its activity noted.
 *
 * @param kind a browser's session counts for its cookie alone, a device's as a bearer token alone.
 * @throws AppError `unauthenticated` if there is none, it has ended, or its time is up.
 */
export async function requireSession(
  core: SessionCore & Pick<Core, 'clients'>,
  secret: string | undefined,
  kind: SessionRecord['kind'],
): Promise<LiveSession> {
  if (kind === 'device' && !core.clients.device) throw deviceSignInOff();
  const session = await findSession(core, secret, kind);
  if (session) return session;
  throw signInFirst(kind);
}

/**
 * The session that a request ends: one that holds, or one that an earlier request began to end. Who
 * began with less can't go on with more.
 *
 * @throws AppError as {@link requireSession}
 */
export async function requireEndingSession(
  { sessions, sessionPolicy, now }: SessionCore,
  secret: string | undefined,
  { kind, ending }: { kind: SessionRecord['kind']; ending: Ending },
): Promise<StoredSession> {
  const session = await readSession(sessions, secret, kind);
  if (session && (isLive(session, sessionPolicy, now()) || hasBegun(session, ending)))
    return session;
  throw signInFirst(kind);
}

function hasBegun({ ending }: SessionRecord, asked: Ending): boolean {
  return ending !== undefined && endings.indexOf(ending) >= endings.indexOf(asked);
}

/** Why a request without a session is refused. */
export function signInFirst(kind: SessionRecord['kind']): AppError {
  return new AppError('unauthenticated', {
    ...{ detail: 'Sign in first.', login: {} },
    ...(kind === 'device' && { challenge: 'Bearer' as const }),
  });
}

async function readSession(
  sessions: SessionStore,
  secret: string | undefined,
  kind: SessionRecord['kind'],
): Promise<StoredSession | undefined> {
  const key = parseSessionSecret(secret);
  const session = key && (await sessions.read(key));
  return key && session?.kind === kind ? { ...session, key } : undefined;
}

/** As {@link requireSession}, but undefined where that throws. */
export async function findSession(
  { sessions, sessionPolicy, now }: SessionCore,
  secret: string | undefined,
  kind: SessionRecord['kind'],
): Promise<LiveSession | undefined> {
  const session = await readSession(sessions, secret, kind);
  const time = now();
  if (!session || !isLive(session, sessionPolicy, time)) return undefined;
  const lastSeenAt = await touch(sessions, session, { policy: sessionPolicy, now: time });
  return {
    ...session,
    lastSeenAt,
    idleExpiresAt: Math.min(lastSeenAt + sessionPolicy.idleMs, session.expiresAt),
  };
}

/** Notes activity, now and then. While the store takes no writes, it stays at what the store knows. */
async function touch(
  sessions: SessionStore,
  { key, lastSeenAt }: { key: SessionKey; lastSeenAt: number },
  { policy, now }: { policy: SessionPolicy; now: number },
): Promise<number> {
  if (now - lastSeenAt < touchInterval(policy)) return lastSeenAt;
  try {
    await sessions.touch(key, now);
    return now;
  } catch (error) {
    if (error instanceof AppError) return lastSeenAt;
    throw error;
  }
}

/** Neither ended, nor too old, nor idle for too long. Every use of a session asks this. */
export function isLive(
  session: Pick<SessionRecord, 'expiresAt' | 'lastSeenAt' | 'ending'>,
  policy: SessionPolicy,
  now: number,
): boolean {
  const isInTime = now < session.expiresAt && now < session.lastSeenAt + policy.idleMs;
  return isInTime && session.ending === undefined;
}

/** Short enough that an active session is not taken for an idle one. */
function touchInterval(policy: SessionPolicy): number {
  return Math.min(maxTouchIntervalMs, policy.idleMs / 20);
}
