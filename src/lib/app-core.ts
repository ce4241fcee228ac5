import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Core } from './auth/core.ts';
import { createRejectionRefreshes } from './auth/graph/rejected-token.ts';
import type { Clock, Log } from './auth/ports.ts';
import { createCatchUp } from './auth/refresh/catch-up.ts';
import { createCounter } from './auth/refresh/counter.ts';
import { createTokenGate } from './auth/refresh/gate.ts';
import { createLeaseWatch } from './auth/refresh/lease-watch.ts';
import { readServiceLevel } from './auth/refresh/service-level.ts';
import { createUnmetChallenges } from './auth/tokens/claims-challenge.ts';
import { rememberTokens } from './auth/tokens/remembered-tokens.ts';
import { createSingleFlight } from './auth/tokens/single-flight.ts';
import { lazy } from './basics/lazy.ts';
import { type Config, servesSeveralTenants } from './config/config.ts';
import { createSweepTimes } from './config/sweep-times.ts';
import type { Sealer } from './crypto/sealer.ts';
import { createGraphClient } from './graph/graph-client.ts';
import { createHealth, type Health, noticingWrites } from './health.ts';
import { type CookieNames, cookieNames } from './http/cookies.ts';
import { createSend, type Send } from './http/outbound-request.ts';
import { createRateLimit } from './http/rate-limit.ts';
import { accessTokenIssuers, authorityOrigin, issuerOf, jwksUri } from './msal/authority.ts';
import { createTokenClient } from './msal/token-client.ts';
import { createStores } from './stores.ts';
import { startMetrics } from './telemetry/metrics.ts';

/** The core, and what the edge needs besides. */
export interface AppCore extends Core {
  config: Config;
  cookies: CookieNames;
  /** Of the page that may frame a front-channel sign-out. */
  authorityOrigin: string;
  /** Seals what browsers keep. */
  sealer: Sealer;
  health: Health;
  /** To be called with every request: sweeps on the side if the timer does not. */
  catchUp: () => void;
  /** To be called before the process ends. */
  stop: () => Promise<void>;
}

export interface CoreOptions {
  log: Log;
  now: Clock;
  /** When the process was loaded. */
  startedAt: number;
  random: () => number;
}

/** Milliseconds: Graph's request to wait before a retry is followed up to this long. */
const longestGraphWaitMs = 2_000;

/**
 * The composition root. Makes no connection: each adapter does at its first use, and metrics, if
 * they are configured, with their first export.
 */
export function createAppCore(config: Config, options: CoreOptions): AppCore {
  const { log, now, startedAt, random } = options;
  const { authority } = config;
  const { keyring, sealer, ...stores } = createStores(config, { log, now });
  const { queue } = stores;
  const heartbeats = noticingWrites(stores.heartbeats, () => health.readServiceLevel.forget());
  const send = createSend();
  const tokenClient = createTokenClient({ config, send, now });
  const sweepTimes = createSweepTimes(config.refresh, startedAt);
  const instance = randomUUID();
  const serviceLevel = () => readServiceLevel({ heartbeats, queue, sweepTimes, now });
  const metrics =
    config.metricsEndpoint === undefined
      ? undefined
      : startMetrics({
          endpoint: config.metricsEndpoint,
          readServiceLevel: serviceLevel,
          ...{ instance, send, now, log },
        });
  const sleep = (ms: number) => wait(ms);
  const later = (ms: number, run: () => void) => void setTimeout(run, ms).unref();
  const countForAll = createCounter({ heartbeats, instance, now, later, log });

  const { recall, ...tokens } = rememberTokens(stores.tokens, { now });
  const core: Core = {
    ...stores,
    ...{ tokens, recall, heartbeats },
    now,
    sleep,
    timeout: (ms) => wait(ms, undefined, { ref: false }),
    log,

    tokenClient,
    gate: createTokenGate({
      budgetPerSecond: config.refresh.budgetPerSecond,
      severalTenants: servesSeveralTenants(config),
      report: (client, openUntil) => heartbeats.writeBreaker(instance, client, openUntil),
      ...{ now, log, sleep },
    }),
    clients: {
      code: { clientId: config.clientId, scopes: config.graph.scopes },
      device: config.device,
    },
    signInScopes: config.graph.signInScopes,
    allowedTenants: authority.allowedTenants,
    issuerOf: (tenantId) => issuerOf(authority, tenantId),
    appTokenVerifier: createVerifier(config, { send, now }),

    graph: createGraphClient({
      ...{ baseUrl: config.graph.baseUrl, routes: config.graph.routes, now },
      send: createSend({ longestWaitMs: longestGraphWaitMs }),
    }),
    unmetChallenges: createUnmetChallenges(),
    rejectionRefreshes: createRejectionRefreshes(now),

    publicBaseUrl: config.publicBaseUrl,
    sessionPolicy: config.session,
    refreshPolicy: { ...config.refresh, hotMs: hotTime(config), random },
    sweepTimes,
    limits: createLimits(),

    leases: createLeaseWatch({ now }),
    singleFlight: createSingleFlight(),
    count(outcome, user) {
      countForAll(outcome, user);
      metrics?.count(outcome);
    },
    rotateKeys: keyring.rotate,
  };

  const health = createHealth({ ...core, keyring, serviceLevel });
  return {
    ...core,
    ...{ config, health, sealer, cookies: cookieNames(config.publicBaseUrl) },
    authorityOrigin: authorityOrigin(authority),
    catchUp: createCatchUp(core),
    async stop() {
      await metrics?.stop();
    },
  };
}

/**
 * Limits on what anybody can cause: redemptions (a token call each, with the app's credential, for a
 * made-up code), starts of device sign-ins (a row each) and front-channel sign-outs. A morning on
 * which 6,000 people sign in at one instance within minutes still passes.
 */
function createLimits(): Core['limits'] {
  const quarter = { windowSeconds: 15 * 60 };
  return {
    redemptions: createRateLimit({ ...quarter, perAddress: 60, perInstance: 6_000 }),
    deviceStarts: createRateLimit({ ...quarter, perAddress: 20, perInstance: 600 }),
    frontChannelSignOuts: createRateLimit({
      windowSeconds: 60,
      perAddress: 120,
      perInstance: 1200,
    }),
  };
}

/** Loads with its first use: no start needs it, nor does anybody but a back end. */
function createVerifier(
  { authority, clientId }: Config,
  { send, now }: { send: Send; now: Clock },
): Core['appTokenVerifier'] {
  const load = lazy(async () => {
    const { createAppTokenVerifier } = await import('./app-token/app-token-verifier.ts');
    return createAppTokenVerifier({
      clientId,
      jwksUri: jwksUri(authority),
      allowedTenants: authority.allowedTenants,
      issuersOf: (tenantId) => accessTokenIssuers(authority, tenantId),
      ...{ send, now },
    });
  });
  return { verify: async (token) => (await load()).verify(token) };
}

/**
 * Milliseconds for which users count as active. Without retention, tokens are not kept fresh for
 * longer than a day after their user's last session has been idle for too long: they are deleted then.
 */
function hotTime({ refresh, session }: Config): number {
  const dayMs = 24 * 60 * 60 * 1000;
  return refresh.retainMs > 0 ? refresh.hotMs : Math.min(refresh.hotMs, session.idleMs + dayMs);
}
