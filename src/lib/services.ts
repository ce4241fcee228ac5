import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenDependencies } from './auth/access-token.ts';
import { beginSignIn, type SignInOptions } from './auth/authorization-request.ts';
import type { AuthorizationResponse, CallbackDependencies } from './auth/authorization-response.ts';
import type { Clock, DueMark, Log } from './auth/ports.ts';
import { createEndAbandoned } from './auth/refresh/abandoned.ts';
import { createCatchUp } from './auth/refresh/catch-up.ts';
import { createCounter } from './auth/refresh/counter.ts';
import { createTokenGate } from './auth/refresh/gate.ts';
import { clean } from './auth/refresh/janitor.ts';
import { createLeaseWatch } from './auth/refresh/lease-watch.ts';
import type { CountedOutcome } from './auth/refresh/ports.ts';
import { readServiceLevel } from './auth/refresh/service-level.ts';
import { sweep } from './auth/refresh/sweep.ts';
import { putBack, refreshDueUser, type WorkerDependencies } from './auth/refresh/worker.ts';
import { rememberTokens } from './auth/remembered-tokens.ts';
import type { LiveSession } from './auth/session.ts';
import type { ClientDescription } from './auth/session-ports.ts';
import { viewSession } from './auth/session-view.ts';
import type { SignOutDependencies } from './auth/sign-out.ts';
import { createSingleFlight } from './auth/single-flight.ts';
import type { Flow } from './auth/user.ts';
import { type Config, servesSeveralTenants } from './config.ts';
import { createDeviceServices } from './device-services.ts';
import { createGraphServices } from './graph-services.ts';
import { createHealthServices } from './health-services.ts';
import { cookieNames } from './http/cookies.ts';
import { createSend } from './http/outbound-request.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { openSignIn, sealSignIn } from './http/sign-in-cookie.ts';
import { issuerOf } from './msal/authority.ts';
import { createTokenClient } from './msal/token-client.ts';
import { thirdLastRun, twoIntervalsAfter } from './ncrontab.ts';
import { createSessionServices } from './session-services.ts';
import { createConsumedStateStore } from './storage/consumed-state-store.ts';
import { createDeviceStore } from './storage/device-store.ts';
import { createHeartbeatStore } from './storage/heartbeat-store.ts';
import { createRefreshQueue } from './storage/refresh-queue.ts';
import { createStores } from './stores.ts';
import { startMetrics } from './telemetry/metrics.ts';

/** Everything that a function can ask for. */
export type Services = ReturnType<typeof createServices>;

export interface ServiceOptions {
  log: Log;
  now: Clock;
  /** When the process was loaded. */
  startedAt: number;
  random: () => number;
}

/**
 * The composition root. Makes no connection: each adapter does at its first use, and metrics, if
 * they are configured, with their first export.
 */
export function createServices(config: Config, { log, now, startedAt, random }: ServiceOptions) {
  const { table, keys, sealer, sessions, ...stores } = createStores(config, { log, now });
  const tokens = rememberTokens(stores.tokens, { now });
  const heartbeats = createHeartbeatStore(table('heartbeats'));
  const queue = createRefreshQueue(config.storage);
  const send = createSend();
  const tokenClient = createTokenClient({ config, send, now });

  const { budgetPerSecond, retainMs, schedule, timeZone } = config.refresh;
  const refreshPolicy = { ...config.refresh, hotMs: hotTime(config), random };
  const sessionDependencies = { sessions, policy: config.session, now };
  const instance = randomUUID();
  const gate = createTokenGate({
    budgetPerSecond,
    now,
    sleep: (ms) => sleep(ms),
    log,
    severalTenants: servesSeveralTenants(config),
    report: (client, openUntil) => heartbeats.writeBreaker(instance, client, openUntil),
  });
  const staleBefore = staleSweepBefore(schedule, timeZone);
  const startingUntil = twoIntervalsAfter({ schedule, timeZone }, startedAt);
  const serviceLevel = () =>
    readServiceLevel({ heartbeats, queue, staleBefore, startingUntil, now });
  const { metricsEndpoint: endpoint } = config;
  const metrics =
    endpoint === undefined
      ? undefined
      : startMetrics({ endpoint, instance, readServiceLevel: serviceLevel, send, now, log });
  const countForAll = createCounter({
    heartbeats,
    instance,
    now,
    later: (ms, run) => setTimeout(run, ms).unref(),
    log,
  });
  const count = (outcome: CountedOutcome) => {
    countForAll(outcome);
    metrics?.count(outcome);
  };
  const signOutDependencies: SignOutDependencies = { tokens, retainMs, ...sessionDependencies };
  const isOffered = (flow: Flow) => flow === 'code' || config.device !== undefined;
  const refreshDependencies = {
    ...{ tokens, tokenClient, gate, refreshPolicy, isOffered },
    leases: createLeaseWatch({ now }),
    ...{ now, sleep: (ms: number) => sleep(ms), count, log },
    endAbandoned: createEndAbandoned(signOutDependencies),
  };
  const workerDependencies: WorkerDependencies = {
    ...refreshDependencies,
    sessions,
    sessionPolicy: config.session,
  };
  const accessTokenDependencies: AccessTokenDependencies = {
    ...refreshDependencies,
    singleFlight: createSingleFlight(),
    patience: (ms) => sleep(ms, undefined, { ref: false }),
  };
  const sweepDependencies = { tokens, queue, heartbeats, budgetPerSecond, now, random };
  const states = createConsumedStateStore(table('states'));
  const devices = createDeviceStore({ table: table('devices'), sealer, log });
  const signInDependencies = {
    ...{ tokenClient, tokens, sessions, sessionPolicy: config.session, refreshPolicy, now, log },
  };
  const callbackDependencies: CallbackDependencies = {
    ...signInDependencies,
    ...{ states, gate, limitRedemptions: createRateLimit(redemptionLimits) },
    clientId: config.clientId,
    allowedTenants: config.authority.allowedTenants,
    issuerOf: (tenantId) => issuerOf(config.authority, tenantId),
  };

  /** Where a person signs in, and for what. */
  function loginUrl(query: { scope?: string; claims?: string } = {}): string {
    const url = new URL('/login', config.publicBaseUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url.href;
  }

  return {
    config,
    cookies: cookieNames(config.publicBaseUrl),

    loginUrl,

    /** @returns where to send the browser, and the cookie that it must bring back. */
    async beginSignIn(options: SignInOptions) {
      const { url, transaction } = await beginSignIn(
        { tokenClient, graph: config.graph, now },
        options,
      );
      return { url, state: transaction.state, cookie: await sealSignIn(sealer, transaction) };
    },

    /** @param browser its cookies, of the sign-in and of the session that it had so far. */
    async completeSignIn(
      response: AuthorizationResponse,
      browser: {
        signIn: string | undefined;
        session: string | undefined;
        client: ClientDescription;
      },
    ) {
      // No start needs it, nor the package that reads ID tokens.
      const { completeSignIn } = await import('./auth/authorization-response.ts');
      return completeSignIn(callbackDependencies, response, {
        transaction: await openSignIn(sealer, browser.signIn),
        sessionSecret: browser.session,
        client: browser.client,
      });
    },

    ...createDeviceServices(config, { ...signInDependencies, devices }),

    viewSession: (session: LiveSession) => viewSession(refreshDependencies, session, loginUrl()),

    ...createSessionServices(config, { ...signOutDependencies, tokenClient }),
    ...createGraphServices(config, { ...accessTokenDependencies, send }),

    sweep: () => sweep(sweepDependencies),
    /** To be called with every request: sweeps on the side if the timer does not. */
    catchUp: createCatchUp({ ...sweepDependencies, staleBefore, startingUntil, log }),
    refreshDueUser: (mark: DueMark) => refreshDueUser(workerDependencies, mark),
    /** A user whose message has failed again and again. */
    async putBack(mark: DueMark) {
      await putBack(refreshDependencies, mark);
      count('poisoned');
    },
    clean: () =>
      clean({
        ...{ tokens, sessions, states, devices, heartbeats, rotateKeys: keys.rotate },
        ...{ sessionPolicy: config.session, retainMs, now, log },
      }),
    ...createHealthServices({ tokenClient, heartbeats, queue, keys, serviceLevel, now }),
    /** To be called before the process ends. */
    async stop() {
      await metrics?.stop();
    },
  };
}

/**
 * Redemptions of codes: token calls with the app's credential, which anybody can cause with a
 * made-up code. A morning on which 6,000 people sign in at one instance within minutes still passes.
 */
const redemptionLimits = { windowSeconds: 15 * 60, perAddress: 60, perInstance: 6_000 };

/** A sweep is late only after this time, however often the timer runs. */
const leastStaleMs = 3 * 60 * 1000;

/**
 * When the timer should have run at the latest.
 *
 * @param schedule of the timer.
 * @param timeZone in which the Functions host reads the schedule.
 */
export function staleSweepBefore(schedule: string, timeZone: string): (now: number) => number {
  let runBefore: ((now: number) => number) | undefined;
  return (now) => {
    // No start needs it.
    runBefore ??= thirdLastRun(schedule, timeZone);
    return Math.min(runBefore(now), now - leastStaleMs);
  };
}

/**
 * Who has no session any more is not refreshed for long either: their tokens are deleted within a
 * day of its end, unless they are retained.
 */
function hotTime({ refresh, session }: Config): number {
  const dayMs = 24 * 60 * 60 * 1000;
  return refresh.retainMs > 0 ? refresh.hotMs : Math.min(refresh.hotMs, session.idleMs + dayMs);
}
