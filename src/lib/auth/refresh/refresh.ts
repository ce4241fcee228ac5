import { randomUUID } from 'node:crypto';
import { ConflictError, GoneError } from '../../errors.ts';
import type { AuditAction } from '../audit.ts';
import type { TokenRecord, Versioned } from '../ports.ts';
import { describeFault, signInEnded } from '../token-error.ts';
import { logName } from '../user.ts';
import { backingOff, faultOf, giveBack, settleFailure } from './failure.ts';
import { gateKey } from './gate.ts';
import type { RefreshDependencies, RefreshOutcome, RefreshRequest } from './outcome.ts';
import { openSlot } from './slot.ts';

const leaseMs = 30_000;

/**
 * Refreshes one user's tokens, if wanted: one token call, and three requests to the store
 * (read, lease, write). What a failure leaves behind is in `failure.ts`.
 *
 * @throws AppError if the store can't be reached.
 */
export async function refreshTokens(
  dependencies: RefreshDependencies,
  request: RefreshRequest,
): Promise<RefreshOutcome> {
  const { tokens, gate, now } = dependencies;
  const record = await tokens.read(request.user, request.flow);
  if (!record) return { kind: 'gone' };
  const { accessToken } = record;
  if (record.state === 'reauth_required') {
    return { kind: 'refused', error: signInEnded(record.reason) };
  }
  if (!request.wanted(record)) return { kind: 'not-wanted', record };
  if (record.retryAt > now()) {
    return { kind: 'failed', error: backingOff(record, now()), accessToken };
  }
  if (record.lease && record.lease.until > now()) return { kind: 'busy', accessToken };
  const closed = await gate.enter(gateKey(record), record.user, request.by);
  if (closed) return { kind: 'failed', error: closed, accessToken };
  try {
    return await refreshLeased(dependencies, request, await takeLease(dependencies, record));
  } catch (error) {
    if (error instanceof GoneError) return { kind: 'gone' };
    if (error instanceof ConflictError) return { kind: 'busy', accessToken };
    throw error;
  }
}

/** @throws ConflictError if another instance was faster. */
async function takeLease(
  { tokens, now }: RefreshDependencies,
  record: Versioned<TokenRecord>,
): Promise<Versioned<TokenRecord>> {
  const lease = { owner: randomUUID(), until: now() + leaseMs };
  try {
    return { ...record, lease, version: await tokens.changeStatus(record, { lease }) };
  } catch (error) {
    // What conflicts may be our own earlier try, whose answer was lost.
    const present = error instanceof ConflictError && (await tokens.read(record.user, record.flow));
    if (present && present.lease?.owner === lease.owner) return present;
    throw error;
  }
}

async function refreshLeased(
  dependencies: RefreshDependencies,
  request: RefreshRequest,
  leased: Versioned<TokenRecord>,
): Promise<RefreshOutcome> {
  const { tokenClient, gate, count } = dependencies;
  const { user, scopes } = leased;
  const slot = openSlot(dependencies, request, leased);
  try {
    const issued = await tokenClient.refresh(slot, scopes, request.claims);
    count('refreshed');
    return { kind: 'refreshed', accessToken: issued.accessToken, scopes: issued.scopes };
  } catch (error) {
    if (error instanceof GoneError || error instanceof ConflictError) throw error;
    const issued = slot.issued();
    if (slot.storeFailed() && issued && request.by === 'request') {
      // Not kept, and good for whoever waits for it.
      audit(dependencies, request, error, 'failed');
      await giveBack(dependencies, leased);
      return { kind: 'refreshed', accessToken: issued.accessToken, scopes: issued.scopes };
    }
    const met = slot.storeFailed() ? undefined : faultOf(error);
    if (!met) {
      audit(dependencies, request, error, 'failed');
      await giveBack(dependencies, leased);
      throw error;
    }
    gate.leave(gateKey(leased), user, met);
    const outcome = await settleFailure(dependencies, request, leased, { ...met, error });
    const isEnded = outcome.kind === 'refused' && request.claims === undefined;
    audit(dependencies, request, error, isEnded ? 'reauth_required' : 'failed');
    if (outcome.kind === 'failed') count('failed');
    if (outcome.kind === 'refused') count('reauthRequired');
    return outcome;
  } finally {
    if (slot.issued()) gate.leave(gateKey(leased), user);
  }
}

function audit(
  { log }: RefreshDependencies,
  { user, flow, by }: RefreshRequest,
  error: unknown,
  outcome: 'failed' | 'reauth_required',
): void {
  const action: AuditAction = 'refresh';
  log.warn('audit', { action, outcome, user: logName(user), flow, by, ...describeFault(error) });
}
