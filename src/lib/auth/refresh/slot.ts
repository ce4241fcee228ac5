import { AppError, ConflictError, GoneError } from '../../errors.ts';
import type { TokenRecord, Versioned } from '../ports.ts';
import { seenBy } from '../tokens/activity.ts';
import type { IssuedTokens, TokenSlot } from '../tokens/token-client.ts';
import { toTokenRecord } from '../tokens/token-record.ts';
import { isTooLarge } from '../tokens/too-large.ts';
import type { RefreshCore, RefreshRequest } from './outcome.ts';

/** Milliseconds before tries to keep what was issued: a lost refresh token may be lost for good. */
const pausesMs = [500, 1_500];
/** Milliseconds that a token call may take. */
const tokenCallMs = 12_000;

export interface LeasedSlot extends TokenSlot {
  /** Whether the store was away when the tokens were to be kept. */
  storeFailed(): boolean;
  /** What was issued last, kept or not. */
  issued(): IssuedTokens | undefined;
}

/**
 * The record as MSAL's cache: already read, and read again only after a conflict. Tokens that came
 * meanwhile, by a sign-in for example, are newer than ours: those stay.
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

  /** Before the token call: a process that stood still may have lost its lease meanwhile. */
  function assertLeaseHolds(): void {
    const until = leased.lease?.until ?? 0;
    if (!asked && until - now() < tokenCallMs) throw new ConflictError('the lease runs out');
    asked = true;
  }

  /** Tries again while the store is away. */
  async function patiently<T>(operation: () => Promise<T>): Promise<T> {
    for (const pauseMs of pausesMs) {
      try {
        return await operation();
      } catch (error) {
        if (!isAway(error)) throw error;
        await sleep(pauseMs);
      }
    }
    return operation();
  }

  async function store(next: TokenRecord): Promise<string> {
    const previous = current;
    if (!previous) throw new GoneError('the user has signed out');
    try {
      return await patiently(() => tokens.update(previous, next));
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      current = await patiently(() => tokens.read(user, flow));
      // What conflicts may be our own earlier try, whose answer was lost.
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
        storeFailed = isAway(error);
        throw error;
      }
    },
  };
}

function isAway(error: unknown): boolean {
  return error instanceof AppError && !isTooLarge(error);
}
