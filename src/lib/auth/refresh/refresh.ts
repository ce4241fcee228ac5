import { randomUUID } from 'node:crypto';
import { ConflictError, GoneError } from '../../errors.ts';
import type {
  AccessToken,
  Clock,
  IssuedTokens,
  Log,
  TokenClient,
  TokenRecord,
  TokenSlot,
  TokenStore,
  Versioned,
} from '../ports.ts';
import { describeFault } from '../token-error.ts';
import { toTokenRecord } from '../token-record.ts';
import { type Flow, logName, type UserHash } from '../user.ts';
import type { RefreshPolicy } from './schedule.ts';

export interface RefreshDependencies {
  tokens: TokenStore;
  tokenClient: TokenClient;
  refreshPolicy: RefreshPolicy;
  now: Clock;
  log: Log;
}

export interface RefreshRequest {
  user: UserHash;
  flow: Flow;
  by: TokenRecord['refreshedBy'];
  /** Whether a record, as it is now, needs refresh. */
  wanted: (record: TokenRecord) => boolean;
}

/** `busy`: another instance is at it. `gone`: the user has signed out. */
export type RefreshOutcome =
  | { kind: 'refreshed'; accessToken: AccessToken }
  | { kind: 'not-wanted'; accessToken: AccessToken }
  | { kind: 'busy'; accessToken: AccessToken }
  | { kind: 'gone' };

const leaseMs = 30_000;

/**
 * Refreshes one user's tokens, if wanted: one token call, and three requests to the store
 * (read, lease, write). If it fails, the record stays as it was, and the log says why.
 *
 * @throws TokenError if the token endpoint issued nothing.
 */
export async function refreshTokens(
  dependencies: RefreshDependencies,
  request: RefreshRequest,
): Promise<RefreshOutcome> {
  const { user, flow, by } = request;
  try {
    return await tryRefresh(dependencies, request);
  } catch (error) {
    dependencies.log.warn('refresh-failed', {
      user: logName(user),
      flow,
      by,
      ...describeFault(error),
    });
    throw error;
  }
}

async function tryRefresh(
  dependencies: RefreshDependencies,
  request: RefreshRequest,
): Promise<RefreshOutcome> {
  const { tokens, now } = dependencies;
  const record = await tokens.read(request.user, request.flow);
  if (!record) return { kind: 'gone' };
  const { accessToken } = record;
  if (!request.wanted(record)) return { kind: 'not-wanted', accessToken };
  if (record.lease && record.lease.until > now()) return { kind: 'busy', accessToken };
  try {
    const lease = { owner: randomUUID(), until: now() + leaseMs };
    const leased = { ...record, lease, version: await tokens.lease(record, lease) };
    const refreshed = await refreshLeased(dependencies, request, leased);
    return { kind: 'refreshed', accessToken: refreshed.accessToken };
  } catch (error) {
    if (error instanceof GoneError) return { kind: 'gone' };
    if (error instanceof ConflictError) return { kind: 'busy', accessToken };
    throw error;
  }
}

async function refreshLeased(
  dependencies: RefreshDependencies,
  request: RefreshRequest,
  leased: Versioned<TokenRecord>,
): Promise<IssuedTokens> {
  try {
    const slot = createSlot(dependencies, request, leased);
    return await dependencies.tokenClient.refresh(slot, leased.scopes);
  } catch (error) {
    // Best effort: a lease that can't be given back runs out.
    await dependencies.tokens.lease(leased, undefined).catch(() => undefined);
    throw error;
  }
}

/**
 * The record as MSAL's cache: already read, and read again only after a conflict. Tokens that came
 * meanwhile, by a sign-in for example, are newer than ours: those stay.
 */
function createSlot(
  { tokens, refreshPolicy, now }: RefreshDependencies,
  { user, flow, by }: RefreshRequest,
  leased: Versioned<TokenRecord>,
): TokenSlot {
  let current: Versioned<TokenRecord> | undefined = leased;
  let primed = true;
  return {
    user,
    async read() {
      if (!primed) current = await tokens.read(user, flow);
      primed = false;
      if (current && current.refreshedAt !== leased.refreshedAt) {
        throw new ConflictError('newer tokens are there');
      }
      return current;
    },
    async write(issued) {
      if (!current) throw new GoneError('the user has signed out');
      const owner = { user, flow, refreshedBy: by };
      const next = toTokenRecord(issued, owner, { policy: refreshPolicy, now: now() });
      const version = await tokens.update(current, next);
      current = { ...next, version };
      return version;
    },
  };
}
