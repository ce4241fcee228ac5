import type { DeviceStore } from './device/ports.ts';
import type { GraphClient } from './graph/ports.ts';
import type { RejectionRefreshes } from './graph/rejected-token.ts';
import type { AppTokenVerifier, Clock, Log, TokenStore, UsableToken } from './ports.ts';
import type { TokenGate } from './refresh/gate.ts';
import type { LeaseWatch } from './refresh/lease-watch.ts';
import type { CountedOutcome, HeartbeatStore, RefreshQueue } from './refresh/ports.ts';
import type { RefreshPolicy } from './refresh/schedule.ts';
import type { ConsumedStateStore, SessionPolicy, SessionStore } from './session/ports.ts';
import type { UnmetChallenges } from './tokens/claims-challenge.ts';
import type { RememberingTokenStore } from './tokens/remembered-tokens.ts';
import type { SingleFlight } from './tokens/single-flight.ts';
import type { TokenClient } from './tokens/token-client.ts';
import type { Flow, UserHash } from './user.ts';

/** One of the app's registrations with the identity provider. */
export interface Client {
  clientId: string;
  /** Graph scopes that its users may be asked for. */
  scopes: readonly string[];
}

/**
 * Counts one more call from an address.
 *
 * @returns takes it out of the count again.
 * @throws AppError `throttled` if it is one too many.
 */
export type CallLimit = (address: string | undefined) => Promise<() => Promise<void>>;

/**
 * Everything that use cases are built from, each thing under one name. A use case takes what it
 * uses as `Pick<Core, …>`; `app-core.ts` builds the value.
 */
export interface Core {
  now: Clock;
  /** Resolves after some milliseconds. */
  sleep: (ms: number) => Promise<void>;
  /** As {@link sleep}, for a limit on waiting: it does not keep the process alive. */
  timeout: (ms: number) => Promise<void>;
  log: Log;

  tokens: TokenStore;
  recall: RememberingTokenStore['recall'];
  sessions: SessionStore;
  states: ConsumedStateStore;
  devices: DeviceStore;
  heartbeats: HeartbeatStore;
  queue: RefreshQueue;

  tokenClient: TokenClient;
  gate: TokenGate;
  /** The client of each flow. Device sign-in is off if it has none. */
  clients: Readonly<Record<Flow, Client | undefined> & { code: Client }>;
  /** Scopes that every browser's sign-in asks for. */
  signInScopes: readonly string[];
  /** Tenants whose users may sign in. */
  allowedTenants: readonly string[];
  /** The issuer that a tenant's ID tokens name. */
  issuerOf: (tenantId: string) => string;
  appTokenVerifier: AppTokenVerifier;

  graph: GraphClient;
  unmetChallenges: UnmetChallenges;
  rejectionRefreshes: RejectionRefreshes;

  /** The app's own origin. */
  publicBaseUrl: string;
  sessionPolicy: SessionPolicy;
  refreshPolicy: RefreshPolicy;
  sweepTimes: SweepTimes;
  limits: { redemptions: CallLimit; deviceStarts: CallLimit; frontChannelSignOuts: CallLimit };

  leases: LeaseWatch;
  singleFlight: SingleFlight<UsableToken>;
  /** Counts what became of a user's refresh. */
  count: (outcome: CountedOutcome, user?: UserHash) => void;
  /** Looks after the keys that seal, if it is time. */
  rotateKeys: () => Promise<unknown>;
}

/** What the timer's schedule says about sweeps. */
export interface SweepTimes {
  /** The time at which the latest sweep must have run. */
  staleBefore: (now: number) => number;
  /** Until when the timer need not have run yet, since the process started. */
  startingUntil: () => number;
}
