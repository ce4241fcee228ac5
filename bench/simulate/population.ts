import { randomExponential } from 'd3-random';
import type { TokenRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import { absentDue, isHot, nextDue } from '../../src/lib/auth/refresh/schedule.ts';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { days } from '../../test/support/clock.ts';
import { refreshPolicy, sessionPolicy } from '../../test/support/refresh-policy.ts';
import { identityProvider, people } from './assumptions.ts';
import type { Meter } from './measurements.ts';
import type { policyOf } from './scenario.ts';

/** The users of a sample, by number; times are as the store has them. The hot ones come first. */
export interface Population {
  readonly size: number;
  readonly hot: number;
  readonly users: readonly UserHash[];
  indexOf(user: UserHash): number;
  tenantOf(index: number): string;
  /** When a user was first due since the last refresh; back-off does not move it. */
  readonly wantedAt: Float64Array;
  readonly expiresAt: Float64Array;
  readonly lastSeenAt: Float64Array;
  /** When the refresh token was last used. */
  readonly usedAt: Float64Array;
  readonly sessionStartedAt: Float64Array;
  readonly wasStale: Uint8Array;
  readonly hasLapsed: Uint8Array;
}

export interface PopulationOptions {
  size: number;
  hotShare: number;
  tenants: number;
  seed: number;
}

export function createPopulation(options: PopulationOptions): Population {
  const { size, hotShare, tenants, seed } = options;
  const users = Array.from({ length: size }, (_, index) =>
    userHash({ oid: `user-${seed}-${index}`, tid: `tenant-${index % tenants}` }),
  );
  const indices = new Map(users.map((user, index) => [user, index]));
  const times = () => new Float64Array(size);
  return {
    ...{ size, users, hot: Math.round(size * hotShare) },
    indexOf: (user) => indices.get(user) ?? -1,
    tenantOf: (index) => `tenant-${index % tenants}`,
    ...{ wantedAt: times(), expiresAt: times(), lastSeenAt: times(), usedAt: times() },
    ...{ sessionStartedAt: times(), wasStale: new Uint8Array(size) },
    hasLapsed: new Uint8Array(size),
  };
}

/** Signs everybody in, as if the app had run for long: hot users within the last half hour, others within a keep-alive. */
export async function signEverybodyIn(
  population: Population,
  {
    tokens,
    now,
    random,
    policy,
  }: {
    tokens: TokenStore;
    now: number;
    random: () => number;
    policy: ReturnType<typeof policyOf>;
  },
): Promise<void> {
  for (const [index, user] of population.users.entries()) {
    const isHotUser = index < population.hot;
    const earlier = random() * (isHotUser ? 30 * 60_000 : 0.9 * refreshPolicy.keepAliveMs);
    const refreshedAt = now - earlier;
    const expiresAt = refreshedAt + accessTokenLifetime(random);
    const lastSeenAt = isHotUser ? now : now - 60 * days;
    const sessionsEndAt = isHotUser ? now + sessionPolicy.maxMs : now - 53 * days;
    const due = isHotUser
      ? nextDue(policy, { now: refreshedAt, expiresAt, lastSeenAt, sessionsEndAt })
      : absentDue(
          { ...policy, keepAliveMs: refreshPolicy.keepAliveMs },
          { now, refreshedAt, sessionsEndAt },
        );
    const dueAt = Math.max(due, now);
    const record: TokenRecord = {
      ...{ user, flow: 'code', tenantId: population.tenantOf(index), cache: '', scopes: [] },
      ...{ accessToken: { token: `first-${index}`, expiresAt }, accessTokenExpiresAt: expiresAt },
      ...{ refreshedAt, refreshedBy: 'request', state: 'active', reason: undefined },
      ...{ failures: 0, retryAt: 0, dueAt, lastSeenAt, usedAt: 0, sessionsEndAt },
      lease: undefined,
    };
    await tokens.signIn(record, {
      hash: 'first',
      createdAt: refreshedAt,
      expiresAt: sessionsEndAt,
    });
    population.wantedAt[index] = dueAt;
    population.expiresAt[index] = expiresAt;
    population.lastSeenAt[index] = lastSeenAt;
    population.usedAt[index] = refreshedAt;
    population.sessionStartedAt[index] = now - random() * sessionPolicy.maxMs;
  }
}

export function accessTokenLifetime(random: () => number): number {
  const [from, to] = identityProvider.accessTokenMs;
  return from + random() * (to - from);
}

/** Milliseconds until a hot user's next request. */
export function requestGaps(random: () => number): () => number {
  return randomExponential.source(random)(people.requestsPerDay / days);
}

/** Whose refresh is late, and who is hot with an expired token, at this moment. */
export function takeSnapshot(
  population: Population,
  { now, meter, promptMs }: { now: number; meter: Meter; promptMs: number },
): void {
  let longestOverdueMs = 0;
  let late = 0;
  let stale = 0;
  for (let index = 0; index < population.size; index++) {
    const overdueMs = now - (population.wantedAt[index] ?? 0);
    if (overdueMs > longestOverdueMs) longestOverdueMs = overdueMs;
    if (overdueMs > promptMs) late += 1;
    if (index < population.hot && isStale(population, index, now)) stale += 1;
  }
  meter.snapshot({ longestOverdueMs, late, stale });
}

/** Seen lately, with an access token that is no longer good. */
export function isStale(population: Population, index: number, now: number): boolean {
  const isExpired = (population.expiresAt[index] ?? 0) < now;
  return isExpired && isHot(refreshPolicy, population.lastSeenAt[index] ?? 0, now);
}

/** Notes what ended: an access token that had expired while its user was hot. */
export function noteStaleness(
  population: Population,
  index: number,
  { now, meter }: { now: number; meter: Meter },
): void {
  if (!isStale(population, index, now)) return;
  meter.stale(now - (population.expiresAt[index] ?? now));
  if (population.wasStale[index]) return;
  population.wasStale[index] = 1;
  meter.measurements.staleUsers += 1;
}

/** Notes that a refresh token was left unused for too long. @returns whether it was. */
export function noteLapse(
  population: Population,
  index: number,
  { now, meter }: { now: number; meter: Meter },
): boolean {
  if (now - (population.usedAt[index] ?? 0) <= identityProvider.refreshTokenMs) return false;
  if (!population.hasLapsed[index]) meter.measurements.lapsed += 1;
  population.hasLapsed[index] = 1;
  return true;
}
