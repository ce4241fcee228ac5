import type { Log, TokenStore } from '../../src/lib/auth/ports.ts';
import { createCatchUp } from '../../src/lib/auth/refresh/catch-up.ts';
import { createTokenGate } from '../../src/lib/auth/refresh/gate.ts';
import { createLeaseWatch } from '../../src/lib/auth/refresh/lease-watch.ts';
import type { HeartbeatStore } from '../../src/lib/auth/refresh/ports.ts';
import type { RefreshPolicy } from '../../src/lib/auth/refresh/schedule.ts';
import { sweep } from '../../src/lib/auth/refresh/sweep.ts';
import { refreshDueUser } from '../../src/lib/auth/refresh/worker.ts';
import type { SessionStore } from '../../src/lib/auth/session/ports.ts';
import { isLive } from '../../src/lib/auth/session/session.ts';
import { type AccessTokenCore, accessTokenFor } from '../../src/lib/auth/tokens/access-token.ts';
import { rememberTokens } from '../../src/lib/auth/tokens/remembered-tokens.ts';
import { createSingleFlight } from '../../src/lib/auth/tokens/single-flight.ts';
import { TokenError } from '../../src/lib/auth/tokens/token-error.ts';
import { type TokenOwner, toTokenRecord } from '../../src/lib/auth/tokens/token-record.ts';
import { AppError } from '../../src/lib/errors.ts';
import { minutes } from '../../test/support/clock.ts';
import { sessionPolicy } from '../../test/support/refresh-policy.ts';
import { platform } from './assumptions.ts';
import { createMeasuredTokens, type StorageLimits } from './measured-tokens.ts';
import type { Meter } from './measurements.ts';
import type { MessageQueue } from './message-queue.ts';
import { refreshUse, requestUse, signInUse, tokenStoreUse } from './operations.ts';
import type { Population } from './population.ts';
import type { Rates } from './scenario.ts';
import { createRefreshClient, type TokenEndpoint } from './token-endpoint.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What instances share. */
export interface World {
  time: VirtualTime;
  tokens: TokenStore;
  sessions: SessionStore;
  heartbeats: HeartbeatStore;
  queue: MessageQueue;
  endpoint: TokenEndpoint;
  population: Population;
  limits: StorageLimits;
  rates: Rates;
  policy: RefreshPolicy;
  meter: Meter;
}

/** A process: what it keeps in memory goes with it. */
export interface Instance {
  /** Works on messages until it ends. */
  work(): void;
  sweep(): Promise<unknown>;
  /** A hot user's request. */
  request(user: number): Promise<void>;
  /** Ends it at once, in the middle of whatever it does. */
  kill(): void;
}

/**
 * The app's own code, on the simulated world.
 *
 * @param slowness how much longer token calls, and the storage requests that go with them, take.
 */
export function createInstance(world: World, slowness = 1): Instance {
  const { time, population, rates, meter, queue, heartbeats, policy } = world;
  const { now } = time;
  const startedAt = now();
  let isAlive = true;

  const sleep = (ms: number) =>
    new Promise<void>((resolve) =>
      time.at(now() + ms, () => {
        if (isAlive) resolve();
      }),
    );
  const callSleep = (ms: number) => sleep((ms + storageMs) * slowness);
  const gate = createTokenGate({
    ...{ budgetPerSecond: rates.gateBudget, now, sleep, log: silent },
    // Nothing here reads the reports.
    ...{ severalTenants: false, report: async () => {} },
  });
  const { recall, ...tokens } = rememberTokens(createMeasuredTokens({ ...world, now, sleep }), {
    now,
  });
  const core: AccessTokenCore = {
    ...{ tokens, recall, gate, now, sleep, log: silent, refreshPolicy: policy },
    leases: createLeaseWatch({ now }),
    clients: { code: client, device: client },
    tokenClient: createRefreshClient(world.endpoint, { population, sleep: callSleep }),
    count: () => undefined,
    ...{ sessions: world.sessions, sessionPolicy },
    singleFlight: createSingleFlight(),
    timeout: sleep,
  };
  const sweepCore = {
    ...{ tokens, queue, heartbeats, now },
    refreshPolicy: { ...policy, budgetPerSecond: rates.sweepBudget },
  };
  const catchUp = createCatchUp({
    ...sweepCore,
    sweepTimes: {
      staleBefore: (at) => at - 3 * minutes,
      startingUntil: () => startedAt + 2 * minutes,
    },
    log: silent,
  });

  async function workOn(): Promise<void> {
    while (isAlive) {
      const mark = await queue.receive();
      const startedAt = now();
      await refreshDueUser(core, mark);
      // The store answers at once; its time is made up for where no token call has.
      if (now() === startedAt) await callSleep(0);
      meter.busySince(startedAt, 1 / slowness);
      queue.done();
    }
  }

  async function signIn(user: number): Promise<void> {
    const hash = population.users[user];
    if (hash === undefined) return;
    const accessToken = await world.endpoint.answer(user, 'sign-in', sleep);
    const sessionsEndAt = now() + sessionPolicy.maxMs;
    const owner: TokenOwner = {
      ...{ user: hash, flow: 'code', tenantId: population.tenantOf(user) },
      ...{ refreshedBy: 'request', lastSeenAt: now(), sessionsEndAt },
    };
    const record = toTokenRecord({ cache: '', accessToken, scopes: [] }, owner, {
      ...{ policy, now: now() },
    });
    meter.count('tableRequests', signInUse.tableRequests - tokenStoreUse.signInAgain.requests);
    meter.add('storage', signInUse.tableRequests - tokenStoreUse.signInAgain.requests);
    await tokens.signIn(record, { hash: 'current', createdAt: now(), expiresAt: sessionsEndAt });
    population.sessionStartedAt[user] = now();
  }

  function hasSession(user: number): boolean {
    const startedAt = population.sessionStartedAt[user] ?? 0;
    const lastSeenAt = Math.max(startedAt, population.lastSeenAt[user] ?? 0);
    return isLive({ expiresAt: startedAt + sessionPolicy.maxMs, lastSeenAt }, sessionPolicy, now());
  }

  return {
    work() {
      for (let slot = 0; slot < rates.slots; slot++) void workOn();
    },
    sweep: () => sweep(sweepCore),
    async request(user) {
      const hash = population.users[user];
      if (hash === undefined) return;
      catchUp();
      meter.count('requests');
      // The session's row: read, and activity now and then. That of the tokens counts itself.
      const tokenRequests = tokenStoreUse.readAccessToken.requests + 1;
      const sessionRequests =
        requestUse.tableRequests + requestUse.activityRequests - tokenRequests;
      meter.count('tableRequests', sessionRequests);
      meter.add('storage', sessionRequests);
      try {
        if (hasSession(user)) await accessTokenFor(core, hash, 'code');
        else await signIn(user);
      } catch (error) {
        if (!(error instanceof AppError || error instanceof TokenError)) throw error;
        meter.count('refusedRequests');
      }
    },
    kill() {
      isAlive = false;
    },
  };
}

/** Of a refresh. */
const storageMs = refreshUse.tableRequests * platform.storageMs;

const client = { clientId: 'simulated', scopes: [] };

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
