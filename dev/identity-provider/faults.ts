import type { IdTokenFault } from './id-token-fault.ts';

/** Only requests with these values are hit; a property left out matches everything. */
export type Match<Subject> = Partial<Subject>;

/** The service isn't reached; this is the answer. An object is sent as JSON. */
export interface AnswerRule<Subject> {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly match?: Match<Subject>;
}

/** The request waits until released; with `after`, it is carried out and its answer waits. */
export interface HoldRule<Subject> {
  readonly kind: 'hold';
  readonly after?: boolean;
  readonly match?: Match<Subject>;
}

/** The connection is cut; with `after`, the request is carried out and only its answer is lost. */
export interface ResetRule<Subject> {
  readonly kind: 'reset';
  readonly after?: boolean;
  readonly match?: Match<Subject>;
}

export type FaultRule<Subject> = AnswerRule<Subject> | HoldRule<Subject> | ResetRule<Subject>;

/** What a test holds while a hold rule is in force. */
export interface Hold {
  /** Resolves when the first request has arrived and waits. */
  readonly held: Promise<void>;
  /** Lets go all that wait, and all that come later under the same rule. */
  release(): void;
}

/** What befalls one request. `none` when no rule matched, or when its hold was released. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: object | string;
      readonly headers: Readonly<Record<string, string>>;
    };

interface Entry<Subject> {
  readonly rule: FaultRule<Subject>;
  readonly gate: Gate;
  remaining: number;
}

interface Gate extends Hold {
  wait(): Promise<void>;
}

/**
 * Rules for what goes wrong, changed while the server runs. The first rule that matches a request
 * applies, in the order in which they were given; each request consumes at most one use.
 */
export class FaultRules<Subject extends object> {
  #entries: Entry<Subject>[] = [];

  /** Applies `rule` to the next `count` matching requests. */
  next(count: number, rule: FaultRule<Subject>): Hold {
    const entry = { rule, gate: newGate(), remaining: count };
    this.#entries.push(entry);
    return entry.gate;
  }

  /** Applies `rule` to every matching request, instead of all earlier rules, until changed. */
  set(rule: FaultRule<Subject>): Hold {
    this.#drop();
    return this.next(Number.POSITIVE_INFINITY, rule);
  }

  /** Removes all rules and releases whatever they hold. */
  clear(): void {
    this.#drop();
  }

  #drop(): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) entry.gate.release();
  }

  /**
   * Runs `carryOut` unless a rule forbids it, and tells how to answer. Waits as long as a hold
   * rule says.
   */
  async around(subject: Subject, carryOut: () => Promise<void>): Promise<Fault> {
    const entry = this.#take(subject);
    if (!entry) {
      await carryOut();
      return { kind: 'none' };
    }
    const { rule, gate } = entry;
    if (rule.kind === 'answer') {
      return { kind: 'answer', status: rule.status, body: rule.body, headers: rule.headers ?? {} };
    }
    if (rule.after) await carryOut();
    if (rule.kind === 'hold') await gate.wait();
    if (rule.kind === 'hold' && !rule.after) await carryOut();
    return { kind: rule.kind === 'reset' ? 'reset' : 'none' };
  }

  #take(subject: Subject): Entry<Subject> | undefined {
    const entry = this.#entries.find(
      ({ remaining, rule }) => remaining > 0 && matches(subject, rule.match),
    );
    if (!entry) return undefined;
    entry.remaining -= 1;
    // A used-up hold stays listed, so that clear() can release it.
    if (entry.remaining <= 0 && entry.rule.kind !== 'hold') {
      this.#entries = this.#entries.filter((other) => other !== entry);
    }
    return entry;
  }
}

/** What a rule for the token endpoint can match. */
export interface TokenSubject {
  /** `authorization_code`, `refresh_token`, `device_code` or `client_credentials`. */
  readonly grantType: string;
  /** Absent when the code or token in the request is nobody's. */
  readonly userOid: string | undefined;
}

/** Faults of the token endpoint. */
export class Faults extends FaultRules<TokenSubject> {
  /** Changes the ID token of every later token answer; `undefined` leaves it alone. */
  idToken: IdTokenFault | undefined = undefined;

  override clear(): void {
    super.clear();
    this.idToken = undefined;
  }
}

function matches<Subject extends object>(subject: Subject, match: Match<Subject> = {}): boolean {
  const given = new Map<string, unknown>(Object.entries(subject));
  return Object.entries(match).every(
    ([name, value]) => value === undefined || given.get(name) === value,
  );
}

function newGate(): Gate {
  let arrive = () => {};
  let release = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    held: arrived,
    release: () => release(),
    wait: () => {
      arrive();
      return released;
    },
  };
}
