import { randomLcg } from 'd3-random';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import { AppError } from '../../src/lib/errors.ts';
import { days, minutes, startTime } from '../../test/support/clock.ts';
import { createMemoryHeartbeatStore } from '../../test/support/memory/heartbeat-store.ts';
import { createMemorySessionStore } from '../../test/support/memory/session-store.ts';
import {
  createMemoryTokenStore,
  type MemoryTokenStore,
} from '../../test/support/memory/token-store.ts';
import { faults, platform } from './assumptions.ts';
import { createInstance, type Instance, type World } from './instance.ts';
import { createLimit, type Limit } from './limit.ts';
import { createMeter, type Measurements, snapshotMs } from './measurements.ts';
import { createMessageQueue } from './message-queue.ts';
import { sweepUse } from './operations.ts';
import {
  createPopulation,
  noteLapse,
  noteStaleness,
  requestGaps,
  signEverybodyIn,
  takeSnapshot,
} from './population.ts';
import { faultTimes, policyOf, ratesOf, type Scenario } from './scenario.ts';
import { createTokenEndpoint } from './token-endpoint.ts';
import { createVirtualTime } from './virtual-time.ts';

export interface SampleOptions {
  /** Users in the sample. */
  users: number;
  seed: number;
  /** Is told how many days have passed. */
  progress?: (day: number) => void;
  /** Puts something between the app and its token store: a defect, to see that it shows. */
  adapt?: (tokens: MemoryTokenStore) => TokenStore;
  /** In place of the default settings. */
  keepAliveMs?: number;
}

/** On a whole minute, when the timer runs. */
const start = startTime;

/**
 * Simulates a part of the users, with the same part of all that they share: budgets, workers,
 * limits. The schedule, the sweep, the worker, requests, the gate and what failures leave behind are the app's own code.
 */
export async function simulateSample(
  scenario: Scenario,
  {
    users,
    seed,
    progress = () => undefined,
    adapt = (tokens) => tokens,
    keepAliveMs,
  }: SampleOptions,
): Promise<Measurements> {
  const time = createVirtualTime(start);
  const { now } = time;
  const random = randomLcg(seed);
  const end = start + scenario.days * days;
  const meter = createMeter(scenario, { start, now });
  const { hotShare, tenants } = scenario;
  const population = createPopulation({ size: users, hotShare, tenants, seed });
  const { outageAt, deadTimerAt } = faultTimes(scenario);
  const isWithin = (from: number, ms: number) => now() >= start + from && now() < start + from + ms;
  const world = createWorld();

  function createWorld(): World {
    const rates = ratesOf(scenario, users);
    const memory = createMemoryTokenStore({ pageSize: rates.pageSize });
    const limits = {
      account: createLimit(rates.storageAccount, now),
      partitions: new Map(
        memory.shards.map((shard) => [shard, createLimit(rates.tablePartition, now)]),
      ),
    };
    const tokenLimits = new Map<string, Limit>();
    const limitOf = (tenant: string) => {
      const known = tokenLimits.get(tenant) ?? createLimit(rates.tokenCalls, now);
      tokenLimits.set(tenant, known);
      return known;
    };
    const isOut = () => isWithin(outageAt, faults.outageMs);
    const policy = { ...policyOf(random), ...(keepAliveMs !== undefined && { keepAliveMs }) };
    return {
      ...{ time, population, limits, rates, policy, meter },
      tokens: adapt(memory),
      sessions: createMemorySessionStore(),
      heartbeats: createMemoryHeartbeatStore(),
      queue: createMessageQueue({
        ...{ time, random, meter, limit: createLimit(rates.queue, now), account: limits.account },
      }),
      endpoint: createTokenEndpoint({ population, limitOf, isOut, meter, now, random }),
    };
  }

  /** One instance of HTTP and timer, one of the worker; each stands for all. */
  let instances: { http: Instance; worker: Instance } | undefined;

  function startInstances(): void {
    instances = {
      http: createInstance(world),
      worker: createInstance(world, world.rates.slowness),
    };
    instances.worker.work();
  }

  /** All instances at once, in the middle of what they do. */
  function restart(): void {
    instances?.http.kill();
    instances?.worker.kill();
    instances = undefined;
    isSweeping = false;
    world.queue.abandon();
    time.at(now() + platform.coldStartMs, startInstances);
  }

  let isSweeping = false;

  function tick(): void {
    time.at(now() + minutes, tick);
    if (!instances || isSweeping || isWithin(deadTimerAt, faults.deadTimerMs)) return;
    isSweeping = true;
    const { http } = instances;
    const ended = () => {
      if (http === instances?.http) isSweeping = false;
    };
    const failed = (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    };
    const heartbeats = sweepUse.tableRequests - world.tokens.shards.length + sweepUse.queueRequests;
    meter.add('fixedStorage', heartbeats);
    void http.sweep().catch(failed).then(ended);
  }

  const gap = requestGaps(random);

  function comeAgain(user: number): void {
    time.at(now() + gap(), () => {
      comeAgain(user);
      const ask = () => void instances?.http.request(user);
      if (instances) ask();
      else time.at(now() + platform.coldStartMs, ask);
    });
  }

  function look(): void {
    time.at(now() + snapshotMs, look);
    takeSnapshot(population, { now: now(), meter, promptMs: faults.promptMs });
  }

  await signEverybodyIn(population, {
    ...{ tokens: world.tokens, now: start, random, policy: world.policy },
  });
  startInstances();
  tick();
  look();
  for (let user = 0; user < population.hot; user++) comeAgain(user);
  time.at(start + outageAt + faults.outageMs, restart);
  time.at(start + deadTimerAt + faults.deadTimerMs, restart);
  for (let day = 1; day <= scenario.days; day++) {
    await time.runUntil(start + day * days);
    progress(day);
  }
  for (let user = 0; user < users; user++) {
    noteLapse(population, user, { now: end, meter });
    noteStaleness(population, user, { now: end, meter });
  }
  return meter.measurements;
}
