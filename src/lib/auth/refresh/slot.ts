import { AppError, ConflictError, GoneError } from '../../errors.ts';
import type { TokenRecord, Versioned } from '../ports.ts';
import { seenBy } from '../tokens/activity.ts';
import type { IssuedTokens, TokenSlot } from '../tokens/token-client.ts';
import { toTokenRecord } from '../tokens/token-record.ts';
import { isTooLarge } from '../tokens/too-large.ts';
import type { RefreshCore, RefreshRequest } from './outcome.ts';

/** Milliseconds before each retry to store issued tokens: a lost refresh token may be lost for good. */
const pausesMs = [500, 1_500];
/** Milliseconds that a token call may take. */
const tokenCallMs = 12_000;

export interface LeasedSlot extends TokenSlot {
  /** Whether storage failed when the tokens were to be stored. */
  storeFailed(): boolean;
  /** The tokens issued last, stored or not. */
  issued(): IssuedTokens | undefined;
}

/**
 * Presents a record as MSAL's cache. It is already read, and read again only after a conflict. Tokens that
 * were stored meanwhile, for example by a sign-in, are newer than ours and stay.
 *
 * @param leased the record, with a lease that is ours.
 */
export function openSlot(
  core: RefreshCore,
  { user, flow, by, actor }: RefreshRequest,
  leased: Versioned<TokenRecord>,
): LeasedSlot {
  const { tokens, refreshPolicy, now, sleep } = core;
  let current: Versioned<TokenRecord> | undefined = leased;
  let storeFailed = false;
  let asked = false;
  let lastIssued: IssuedTokens | undefined;

  /** Runs before the token call: a process that was suspended may have lost its lease meanwhile. */
  function assertLeaseHolds(): void {
    const until = leased.lease?.until ?? 0;
    if (!asked && until - now() < tokenCallMs) throw new ConflictError('the lease runs out');
    asked = true;
  }

  /** Retries while storage fails. */
  async function withRetries<T>(operation: () => Promise<T>): Promise<T> {
    for (const pauseMs of pausesMs) {
      try {
        return await operation();
      } catch (error) {
        if (!isStorageFailure(error)) throw error;
        await sleep(pauseMs);
      }
    }
    return operation();
  }

  async function store(next: TokenRecord): Promise<string> {
    const previous = current;
    if (!previous) throw new GoneError('the user has signed out');
    try {
      return await withRetries(() => tokens.update(previous, next));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = await withRetries(() => tokens.read(user, flow));
      // The conflicting write may be our own earlier attempt, whose response was lost.
      if (current?.accessToken.token === next.accessToken.token) return current.version;
      throw error;
    }
  }

  return {
    ...{ user, flow, tenantId: leased.tenantId },
    storeFailed: () => storeFailed,
    issued: () => lastIssued,
    async read() {
      assertLeaseHolds();
      if (current && current.refreshedAt !== leased.refreshedAt) {
        throw new ConflictError('newer tokens are there');
      }
      return current;
    },
    async write(issued: IssuedTokens) {
      const owner = {
        ...(current ?? leased),
        refreshedBy: by,
        ...(by === 'request' && seenBy(actor, now())),
      };
      const next = toTokenRecord(issued, owner, { policy: refreshPolicy, now: now() });
      lastIssued = issued;
      try {
        const version = await store(next);
        current = { ...next, version };
        return version;
      } catch (error) {
        storeFailed = isStorageFailure(error);
        throw error;
      }
    },
  };
}

function isStorageFailure(error: unknown): boolean {
  return error instanceof AppError && !isTooLarge(error);
}
