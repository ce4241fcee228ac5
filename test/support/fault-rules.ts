import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as the rules see it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type FaultAction =
  /** Waits until released, then goes on as if nothing was. */
  | { readonly kind: 'hold' }
  /** The connection stays open and nothing ever comes; once released it is cut. */
  | { readonly kind: 'drop' }
  /** The connection is cut at once. */
  | { readonly kind: 'reset' }
  | { readonly kind: 'delay'; readonly ms: number }
  /**
   * All headers, with the length of the whole body, and half the body; then the connection is cut.
   * An answer without a body is cut within its headers. Always `after`.
   */
  | { readonly kind: 'truncate' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

export type FaultPhase = 'before' | 'after';

export interface FaultRule {
  /**
   * `before`, the default: the upstream has not seen the request. `after`: it has carried it out,
   * and its answer is at hand.
   */
  readonly when?: FaultPhase;
  /** Default: every request. */
  readonly matches?: (request: ProxiedRequest) => boolean;
  readonly action: FaultAction;
}

/** What a test has in hand of a rule, whatever its action. */
export interface Hold {
  /** Resolves when the first matching request is there; never, if none comes. */
  readonly reached: Promise<ProxiedRequest>;
  /** Lets go what is held, cuts what was dropped, and lets pass all that comes later under the rule. */
  release(): void;
}

/** What befalls one request in one phase. */
export type Fault =
  /** It goes on when `over` resolves. */
  | { readonly kind: 'wait'; readonly over: Promise<unknown> }
  /** It goes no further. */
  | { readonly kind: 'end'; readonly action: Ending; readonly released: Promise<void> };

type Ending = Exclude<FaultAction, { kind: 'hold' | 'delay' }>;

/**
 * Rules for what goes wrong on the way. The first that matches a request applies, in the order in
 * which they were added; a request consumes at most one use in each phase.
 */
export interface FaultRules {
  /** Applies `rule` to the next `count` matching requests; by default to all. */
  add(rule: FaultRule, count?: number): Hold;
  /** Removes all rules and releases what they hold. */
  clear(): void;
  /** Consumes one use of the rule that applies. Undefined: none does. */
  take(when: FaultPhase, request: ProxiedRequest): Fault | undefined;
}

export function createFaultRules(): FaultRules {
  // A used-up rule stays listed, so that clear() releases what it holds.
  let entries: Entry[] = [];
  return {
    add(rule, count = Number.POSITIVE_INFINITY) {
      const entry = entryOf(rule, count);
      entries.push(entry);
      return { reached: entry.reached.promise, release: () => release(entry) };
    },
    clear() {
      for (const entry of entries) release(entry);
      entries = [];
    },
    take(when, request) {
      const entry = entries.find(
        (each) => each.when === when && each.remaining > 0 && each.matches(request),
      );
      if (!entry) return undefined;
      entry.remaining -= 1;
      entry.reached.resolve(request);
      return faultOf(entry);
    },
  };
}

interface Entry {
  readonly when: FaultPhase;
  readonly matches: (request: ProxiedRequest) => boolean;
  readonly action: FaultAction;
  readonly reached: PromiseWithResolvers<ProxiedRequest>;
  readonly released: PromiseWithResolvers<void>;
  remaining: number;
  isReleased: boolean;
}

function entryOf({ when = 'before', matches = () => true, action }: FaultRule, count: number) {
  return {
    // What is to be truncated must be there.
    when: action.kind === 'truncate' ? 'after' : when,
    matches,
    action,
    reached: Promise.withResolvers<ProxiedRequest>(),
    released: Promise.withResolvers<void>(),
    remaining: count,
    isReleased: false,
  } satisfies Entry;
}

function release(entry: Entry): void {
  entry.isReleased = true;
  entry.released.resolve();
}

function faultOf({ action, released: { promise: released }, isReleased }: Entry): Fault {
  if (isReleased || action.kind === 'hold') return { kind: 'wait', over: released };
  if (action.kind === 'delay') {
    const passed = sleep(action.ms, undefined, { ref: false });
    return { kind: 'wait', over: Promise.race([passed, released]) };
  }
  return { kind: 'end', action, released };
}
