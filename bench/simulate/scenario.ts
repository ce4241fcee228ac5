import { days } from '../../test/support/clock.ts';
import { refreshPolicy } from '../../test/support/refresh-policy.ts';
import { identityProvider, limits, people, platform } from './assumptions.ts';

/** What is simulated. */
export interface Scenario {
  users: number;
  days: number;
  /** Part of the users who come every day; the others never do, and are kept alive. */
  hotShare: number;
  /** Users are spread over them evenly. */
  tenants: number;
  /** `REFRESH_BUDGET_PER_SECOND`. */
  budgetPerSecond: number;
  /** Instances of the worker. */
  instances: number;
  /** Token calls a second that the token endpoint takes for one tenant. */
  tokenLimitPerSecond: number;
}

/** Milliseconds from a refresh to the next one of a hot user, on average: `dueTime` in `schedule.ts`. */
export function meanIntervalMs(): number {
  const lifetimeMs = mean(identityProvider.accessTokenMs);
  return lifetimeMs - Math.min(refreshPolicy.leadMs, lifetimeMs / 3) - lifetimeMs / 6;
}

/** Refreshes a second of all users, on average. */
export function steadyLoad({ users, hotShare }: Pick<Scenario, 'users' | 'hotShare'>): number {
  const hot = (users * hotShare) / (meanIntervalMs() / 1000);
  // Keep-alive comes up to a tenth early.
  const absent = (users * (1 - hotShare)) / ((0.95 * refreshPolicy.keepAliveMs) / 1000);
  return hot + absent;
}

/** The default in `settings.ts`. */
const defaultBudget = 50;

/** After an outage everybody is due at once: with three times the steady load that is over soon. */
export function advisedBudget(scenario: Pick<Scenario, 'users' | 'hotShare'>): number {
  return Math.max(defaultBudget, Math.ceil((3 * steadyLoad(scenario)) / 10) * 10);
}

/** Milliseconds for which a refresh occupies a worker: the token call and three storage requests. */
export const refreshMs = mean(identityProvider.callMs) + 3 * platform.storageMs;

/** So many that the budget can be used up, with a quarter to spare. */
export function advisedInstances(budgetPerSecond: number): number {
  const perInstance = (1000 / refreshMs) * platform.batchSize;
  return Math.ceil((1.25 * budgetPerSecond) / perInstance);
}

/** The rates of a sample: it has a part of the users, and so a part of everything that they share. */
export interface Rates {
  /** Part of all users that is in the sample. */
  share: number;
  storageAccount: number;
  tablePartition: number;
  queue: number;
  /** Of one tenant. */
  tokenCalls: number;
  /** What a sweep goes by. */
  sweepBudget: number;
  /** Of the one instance that stands for all, of one tenant. */
  gateBudget: number;
  /** Messages that are worked on at a time. */
  slots: number;
  /** How much slower a slot works, since there is no part of one. */
  slowness: number;
  /** Marks on a page. */
  pageSize: number;
}

/** Azure's. */
const pageSize = 1000;

export function ratesOf(scenario: Scenario, sampleUsers: number): Rates {
  const share = sampleUsers / scenario.users;
  const exactSlots = scenario.instances * platform.batchSize * share;
  const slots = Math.max(1, Math.round(exactSlots));
  return {
    share,
    storageAccount: limits.storageAccount * share,
    tablePartition: limits.tablePartition * share,
    queue: limits.queue * share,
    tokenCalls: scenario.tokenLimitPerSecond * share,
    sweepBudget: scenario.budgetPerSecond * share,
    gateBudget: scenario.budgetPerSecond * scenario.instances * share,
    slots,
    slowness: slots / exactSlots,
    pageSize: Math.max(1, Math.round(pageSize * share)),
  };
}

/** The settings that matter here: the app's defaults, and tokens that are retained. */
export function policyOf(random: () => number) {
  return { ...refreshPolicy, retainMs: people.retainMs, random };
}

/** When faults begin, in milliseconds from the start. */
export function faultTimes({ days: length }: Pick<Scenario, 'days'>) {
  const day = (share: number) => Math.floor(length * share) * days + 10 * (days / 24);
  return { outageAt: day(0.2), deadTimerAt: day(0.5) };
}

function mean([from, to]: readonly [number, number]): number {
  return (from + to) / 2;
}

const shardCount = 16;
/** Of a minute, as in `sweep.ts`. */
const sweepSeconds = 60;

/**
 * Users in a sample: about 10,000, so that a sweep's room for each shard is a multiple of four. The app rounds it up, which
 * is nothing for all users and much for a sample.
 */
export function sampleSize({ users, budgetPerSecond }: Scenario): number {
  const unit = (users * 4 * shardCount) / (sweepSeconds * budgetPerSecond);
  return Math.floor(unit * Math.max(1, Math.round(10_000 / unit)));
}
