import { AppError } from '../../errors.ts';
import type { TokenRecord } from '../ports.ts';
import {
  type ClassifiedFault,
  refusesApp,
  type TokenFault,
  throttledUser,
} from '../tokens/token-fault.ts';
import { flows } from '../user.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Caller, createRefusalReports, type RefusalReportOptions } from './refusal-reports.ts';

/** What a token call met. `fault` is undefined if the app could not even ask. */
export interface GateFault {
  classified: ClassifiedFault;
  fault: TokenFault | undefined;
}

const separator = '|';

/** Whom the token endpoint takes or refuses as one: a tenant's users of one client. */
export function gateKey({ tenantId, flow }: Caller): string {
  return flow === 'code' ? tenantId : `${tenantId}${separator}${flow}`;
}

/** The caller that {@link gateKey} names. */
function callerOf(key: string): Caller {
  const [tenantId = '', name] = key.split(separator);
  return { tenantId, flow: flows.find((flow) => flow === name) ?? 'code' };
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

export interface GateOptions extends RefusalReportOptions {
  budgetPerSecond: number;
  sleep: (ms: number) => Promise<void>;
}

/** Milliseconds that a worker waits for its turn; after that the sweep brings the user back. */
const longestWaitMs = 5_000;

export function createTokenGate(options: GateOptions): TokenGate {
  const { budgetPerSecond, now, sleep } = options;
  const gates = new Map<string, { breaker: Breaker; budget: Budget }>();
  const reports = createRefusalReports(options);

  function gate(key: string) {
    const known = gates.get(key);
    if (known) return known;
    const created = { breaker: createBreaker(now), budget: createBudget(budgetPerSecond, now) };
    gates.set(key, created);
    return created;
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
        const isWide = met.fault === undefined || refusesApp(met.fault);
        if (breaker.refused(user, isWide)) reports.refused(callerOf(key), met.fault, isWide);
        return;
      }
      if (met && !provesApp(met)) return;
      breaker.accepted();
      reports.accepted(callerOf(key));
    },

    isOpen: (key) => gates.get(key)?.breaker.isOpen() ?? false,
  };
}

/**
 * Whether a refused user shows that the endpoint took the app for who it is. Not if the endpoint was
 * not asked, nor if the user's tenant refuses the app.
 */
function provesApp({ classified, fault }: GateFault): boolean {
  const isTenant = 'reason' in classified && classified.reason === 'app_not_allowed';
  return fault !== undefined && !isTenant;
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
