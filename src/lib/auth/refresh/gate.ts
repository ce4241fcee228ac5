import { AppError } from '../../errors.ts';
import type { Clock, Log, TokenRecord } from '../ports.ts';
import {
  type ClassifiedFault,
  refusesApp,
  type TokenFault,
  throttledUser,
} from '../token-fault.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { type Budget, createBudget } from './budget.ts';

/** What a token call met. `fault` is undefined if the app could not even ask. */
export interface GateFault {
  classified: ClassifiedFault;
  fault: TokenFault | undefined;
}

/** Whom the token endpoint takes or refuses as one: a tenant's users of one client. */
export function gateKey({ tenantId, flow }: Pick<TokenRecord, 'tenantId' | 'flow'>): string {
  return flow === 'code' ? tenantId : `${tenantId}|${flow}`;
}

/**
 * Stands before the token endpoint: for each tenant and client a breaker and a budget, in this
 * process.
 */
export interface TokenGate {
  /**
   * Waits for the budget; a request that somebody waits for takes its share at once.
   *
   * @returns why not to ask now: AppError `misconfigured` while the breaker is open,
   *   `temporarily_unavailable` if the budget is spent; undefined to go ahead.
   */
  enter(key: string, user: string, by: TokenRecord['refreshedBy']): Promise<AppError | undefined>;
  /** Takes a share of the budget for a token call that passes no gate: workers make way for it. */
  spend(key: string): void;
  /** What came of it: a fault, or tokens. */
  leave(key: string, user: string, met?: GateFault): void;
  /** Whether the app is being refused. */
  isOpen(key: string): boolean;
}

export interface GateOptions {
  budgetPerSecond: number;
  now: Clock;
  sleep: (ms: number) => Promise<void>;
  log: Log;
  /** Tells everybody that the breaker is open until a time, or, with 0, that it is closed. */
  report: (openUntil: number) => Promise<void>;
}

/** Milliseconds that a worker waits for its turn; after that the sweep brings the user back. */
const longestWaitMs = 5_000;
/** An open breaker is told again after this time, and is believed to be open for twice as long. */
const reportEveryMs = 60_000;

export function createTokenGate(options: GateOptions): TokenGate {
  const { budgetPerSecond, now, sleep, log } = options;
  const gates = new Map<string, { breaker: Breaker; budget: Budget }>();
  let reportedAt = Number.NEGATIVE_INFINITY;

  function gate(key: string) {
    const known = gates.get(key);
    if (known) return known;
    const created = { breaker: createBreaker(now), budget: createBudget(budgetPerSecond, now) };
    gates.set(key, created);
    return created;
  }

  function report(openUntil: number): void {
    options.report(openUntil).catch(() => log.warn('breaker-not-reported'));
  }

  function opened(fault: TokenFault | undefined): void {
    if (now() - reportedAt < reportEveryMs) return;
    reportedAt = now();
    log.error('breaker-open', { code: fault?.error, errorCodes: fault?.errorCodes });
    report(now() + 2 * reportEveryMs);
  }

  function closed(): void {
    const isOtherOpen = [...gates.values()].some(({ breaker }) => breaker.isOpen());
    if (isOtherOpen || reportedAt === Number.NEGATIVE_INFINITY) return;
    reportedAt = Number.NEGATIVE_INFINITY;
    log.warn('breaker-closed');
    report(0);
  }

  return {
    async enter(key, user, by) {
      const { breaker, budget } = gate(key);
      if (by === 'timer') {
        // Before the breaker: its one try is not for somebody who does not get a turn.
        const waitMs = budget.reserve(longestWaitMs);
        if (waitMs === undefined) return new AppError('temporarily_unavailable');
        if (waitMs > 0) await sleep(waitMs);
      }
      const closedForMs = breaker.enter(user);
      if (closedForMs > 0) return refused(closedForMs);
      if (by === 'request') budget.spend();
      return undefined;
    },

    spend: (key) => gate(key).budget.spend(),

    leave(key, user, met) {
      const { breaker, budget } = gate(key);
      if (met?.fault && isComplaint(met.fault)) budget.halve();
      if (met?.classified.class === 'transient') return;
      if (met?.classified.class === 'operator') {
        const wide = met.fault === undefined || refusesApp(met.fault);
        if (breaker.refused(user, wide)) opened(met.fault);
        return;
      }
      // Without a fault or tokens the endpoint was not asked.
      if (met && !met.fault) return;
      const wasOpen = breaker.isOpen();
      breaker.accepted();
      if (wasOpen) closed();
    },

    isOpen: (key) => gates.get(key)?.breaker.isOpen() ?? false,
  };
}

function isComplaint({ status, errorCodes }: TokenFault): boolean {
  return status === 429 || errorCodes.includes(throttledUser);
}

/** What callers are told while the token endpoint refuses the app. */
function refused(waitMs: number): AppError {
  return new AppError('misconfigured', {
    detail: 'The identity provider refuses this app. Its operator has to mend that.',
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}
