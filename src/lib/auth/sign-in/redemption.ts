import { AppError } from '../../errors.ts';
import type { Core } from '../core.ts';
import { gateKey } from '../refresh/gate.ts';
import type { ClientDescription } from '../session/ports.ts';

/**
 * Counts one more redemption from a client's address.
 *
 * @returns takes it out of the count again: for a sign-in that causes no token call after all.
 * @throws AppError `throttled`, which says when to sign in again.
 */
export async function countRedemption(
  { limits }: Pick<Core, 'limits'>,
  { address }: ClientDescription,
): Promise<() => Promise<void>> {
  try {
    return await limits.redemptions(address);
  } catch (error) {
    throw error instanceof AppError && error.code === 'throttled' ? tooMany(error) : error;
  }
}

function tooMany(error: AppError): AppError {
  const { retryAfterSeconds = 60 } = error.public;
  const minutes = Math.ceil(retryAfterSeconds / 60);
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const detail = `There were too many sign-ins from your network address. Sign in again in ${wait}.`;
  return new AppError('throttled', { retryAfterSeconds, detail, login: {} }, error);
}

/** The tenant that every code comes from; undefined where several tenants' users may sign in. */
export function onlyTenant({ allowedTenants }: Pick<Core, 'allowedTenants'>): string | undefined {
  return allowedTenants.length === 1 ? allowedTenants[0] : undefined;
}

/**
 * Takes a redemption's share of the tenant's budget, without waiting: workers make way for it. The
 * breaker isn't asked, and never opens because of a redemption: anybody can send a code that is
 * refused.
 */
export function spendBudget({ gate }: Pick<Core, 'gate'>, tenantId: string): void {
  gate.spend(gateKey({ tenantId, flow: 'code' }));
}
