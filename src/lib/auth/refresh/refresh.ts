import { randomUUID } from 'node:crypto';
import { ConflictError, GoneError } from '../../errors.ts';
import type { AuditAction } from '../audit.ts';
import type { TokenRecord, Versioned } from '../ports.ts';
import { isMissing } from '../tokens/missing-access-token.ts';
import { describeFault, signInEnded } from '../tokens/token-error.ts';
import type { ReauthReason } from '../tokens/token-fault.ts';
import { isTooLarge } from '../tokens/too-large.ts';
import { logName } from '../user.ts';
import { endAbandoned } from './abandoned.ts';
import { isBackingOff } from './back-off.ts';
import { markedBy } from './due-mark.ts';
import { backingOff, endSignIn, faultOf, giveBack, settleFailure } from './failure.ts';
import { type GateFault, gateKey } from './gate.ts';
import { leaseMs } from './lease-watch.ts';
import type { RefreshCore, RefreshOutcome, RefreshRequest } from './outcome.ts';
import type { CountedOutcome } from './ports.ts';
import { isHot, lastUse } from './schedule.ts';
import { openSlot } from './slot.ts';

const maxLeaseAttempts = 5;

/**
 * Refreshes one user's tokens if the request wants it. This takes one token call and three storage requests
 * (read, lease, write), unless another process changes the record meanwhile. `failure.ts` handles failures.
 *
 * @throws AppError if the store can't be reached.
 */
export async function refreshTokens(
  core: RefreshCore,
  request: RefreshRequest,
): Promise<RefreshOutcome> {
  const { tokens, gate, clients } = core;
  const found = assess(core, request, await tokens.read(request.user, request.flow));
  if (found.kind !== 'ready') return found;
  const record = markedBy(found.record, request.mark);
  const { accessToken } = record;
  if (await endAbandoned(core, record)) return { kind: 'gone' };
  try {
    if (!clients[record.flow]) return await endUnoffered(core, request, record);
    const closed = await gate.enter(gateKey(record), record.user, request.by);
    if (closed) return { kind: 'failed', error: closed, accessToken };
    const leased = await takeLease(core, request, record);
    if (leased.kind !== 'ready') return leased;
    return await refreshLeased(core, request, leased.record);
  } catch (error) {
    if (error instanceof GoneError) return { kind: 'gone' };
    if (error instanceof ConflictError) return { kind: 'busy', accessToken };
    throw error;
  }
}

/** A record that may be refreshed now. */
interface Ready {
  kind: 'ready';
  record: Versioned<TokenRecord>;
}

/** Decides whether a record that was just read may be refreshed. */
function assess(
  { now, leases }: RefreshCore,
  { wanted, by }: RefreshRequest,
  record: Versioned<TokenRecord> | undefined,
): RefreshOutcome | Ready {
  if (!record) return { kind: 'gone' };
  const { accessToken, lease } = record;
  if (record.state === 'reauth_required') {
    return { kind: 'refused', error: signInEnded(record.reason) };
  }
  const isNeeded = by === 'request' && isMissing(accessToken);
  if (!isNeeded && !wanted(record)) return { kind: 'not-wanted', record };
  if (isBackingOff(record, now())) {
    return { kind: 'failed', error: backingOff(record, now()), accessToken };
  }
  if (lease && leases.holds(lease)) return { kind: 'busy', accessToken };
  return { kind: 'ready', record };
}

/**
 * Takes the lease. After a conflict it reads the record again: the change may have been the user's activity
 * only, or our own earlier attempt, whose response was lost.
 *
 * @throws ConflictError if others change the record all the time, GoneError, AppError.
 */
async function takeLease(
  core: RefreshCore,
  request: RefreshRequest,
  record: Versioned<TokenRecord>,
): Promise<RefreshOutcome | Ready> {
  const { tokens, now } = core;
  const owner = randomUUID();
  let present = record;
  for (let attempt = 1; ; attempt++) {
    const lease = { owner, until: now() + leaseMs };
    try {
      const version = await tokens.changeStatus(present, { lease });
      return { kind: 'ready', record: { ...present, lease, version } };
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const changed = await tokens.read(request.user, request.flow);
      if (changed?.lease?.owner === owner) return { kind: 'ready', record: changed };
      const found = assess(core, request, changed);
      if (found.kind !== 'ready') return found;
      if (attempt === maxLeaseAttempts) throw error;
      present = markedBy(found.record, request.mark);
    }
  }
}

async function refreshLeased(
  core: RefreshCore,
  request: RefreshRequest,
  leased: Versioned<TokenRecord>,
): Promise<RefreshOutcome> {
  const { tokenClient, gate, count } = core;
  const { user, scopes } = leased;
  const slot = openSlot(core, request, leased);
  try {
    const issued = await tokenClient.refresh(slot, scopes, request.claims);
    count('refreshed');
    return { kind: 'refreshed', accessToken: issued.accessToken, scopes: issued.scopes };
  } catch (error) {
    if (error instanceof GoneError || error instanceof ConflictError) throw error;
    const issued = slot.issued();
    if (slot.storeFailed() && issued && request.by === 'request') {
      // Storage did not keep the token, but the caller who waits for it can use it.
      audit(core, request, error, 'failed');
      await giveBack(core, leased);
      return { kind: 'refreshed', accessToken: issued.accessToken, scopes: issued.scopes };
    }
    const met = slot.storeFailed() ? undefined : faultOf(error);
    if (!met) {
      audit(core, request, error, 'failed');
      await giveBack(core, leased);
      throw error;
    }
    gate.leave(gateKey(leased), user, met);
    const outcome = await settleFailure(core, request, leased, { ...met, error });
    const isEnded = outcome.kind === 'refused' && request.claims === undefined;
    audit(core, request, error, isEnded ? 'reauth_required' : 'failed');
    if (outcome.kind === 'failed') count(howItFailed(core, leased, { ...met, error }), user);
    if (outcome.kind === 'refused') count('reauthRequired');
    return outcome;
  } finally {
    if (slot.issued()) gate.leave(gateKey(leased), user);
  }
}

/** Ends a device's sign-in while device sign-in is switched off: its tokens can't be refreshed. */
async function endUnoffered(
  core: RefreshCore,
  request: RefreshRequest,
  record: Versioned<TokenRecord>,
): Promise<RefreshOutcome> {
  const reason: ReauthReason = 'device_sign_in_off';
  const error = signInEnded(reason);
  const outcome = await endSignIn(core, record, error);
  if (outcome.kind === 'refused') {
    audit(core, request, error, 'reauth_required');
    core.count('reauthRequired');
  }
  return outcome;
}

/** Users who were seen lately and have no valid token left count as expired, if time alone can help them. */
function howItFailed(
  { now, refreshPolicy }: RefreshCore,
  record: TokenRecord,
  { classified, error }: GateFault & { error: unknown },
): CountedOutcome {
  if (isTooLarge(error)) return 'failed-alone';
  const hasExpired = record.accessTokenExpiresAt <= now();
  const isSeen = isHot(refreshPolicy, lastUse(record), now());
  return classified.class === 'transient' && hasExpired && isSeen ? 'expired' : 'failed';
}

function audit(
  { log }: RefreshCore,
  { user, flow, by }: RefreshRequest,
  error: unknown,
  outcome: 'failed' | 'reauth_required',
): void {
  const action: AuditAction = 'refresh';
  log.warn('audit', { action, outcome, user: logName(user), flow, by, ...describeFault(error) });
}
