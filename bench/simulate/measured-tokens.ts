import type { TokenRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import { AppError } from '../../src/lib/errors.ts';
import type { Limit } from './limit.ts';
import type { Meter } from './measurements.ts';
import { type TableUse, tokenStoreUse } from './operations.ts';
import { noteStaleness, type Population } from './population.ts';

export interface StorageLimits {
  account: Limit;
  /** By shard. */
  partitions: ReadonlyMap<string, Limit>;
}

export interface MeasuredTokensOptions {
  tokens: TokenStore;
  population: Population;
  limits: StorageLimits;
  meter: Meter;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** The clients of storage give up after this time. */
const longestWaitMs = 10_000;

/** A token store under the limits of Azure's, whose use and effect are counted. */
export function createMeasuredTokens(options: MeasuredTokensOptions): TokenStore {
  const { tokens, population, limits, meter, now, sleep } = options;

  /** Waits for the store's limits. */
  function pay(user: string, { requests, entities }: TableUse): Promise<void> | undefined {
    meter.count('tableRequests', requests);
    meter.count('tableUses');
    meter.add('storage', entities);
    const partition = limits.partitions.get(user.slice(0, 1));
    const waits = [limits.account, partition].map((limit) => limit?.take(entities, longestWaitMs));
    const [accountMs, partitionMs] = waits;
    if (accountMs === 0 && partitionMs === 0) return undefined;
    meter.count('delayedTableUses');
    if (accountMs === undefined || partitionMs === undefined) {
      throw new AppError('temporarily_unavailable');
    }
    return sleep(Math.max(accountMs, partitionMs));
  }

  function noteRefresh(record: TokenRecord): void {
    const index = population.indexOf(record.user);
    const time = now();
    meter.count('refreshes');
    meter.refreshed(Math.max(0, time - (population.wantedAt[index] ?? time)));
    noteStaleness(population, index, { now: time, meter });
    note(record);
  }

  function note({ user, dueAt, accessTokenExpiresAt, lastSeenAt }: TokenRecord): void {
    const index = population.indexOf(user);
    population.wantedAt[index] = dueAt;
    population.expiresAt[index] = accessTokenExpiresAt;
    population.lastSeenAt[index] = lastSeenAt;
  }

  return {
    shards: tokens.shards,
    async read(user, flow) {
      await pay(user, tokenStoreUse.read);
      return tokens.read(user, flow);
    },
    async readAccessToken(user, flow) {
      await pay(user, tokenStoreUse.readAccessToken);
      return tokens.readAccessToken(user, flow);
    },
    async readStatus(user, flow) {
      await pay(user, tokenStoreUse.readStatus);
      return tokens.readStatus(user, flow);
    },
    async signIn(record, session) {
      await pay(record.user, tokenStoreUse.signInAgain);
      await tokens.signIn(record, session);
      noteStaleness(population, population.indexOf(record.user), { now: now(), meter });
      note(record);
    },
    async update(previous, next) {
      await pay(next.user, tokenStoreUse.update);
      const version = await tokens.update(previous, next);
      noteRefresh(next);
      return version;
    },
    async changeStatus(previous, change) {
      const isMoved = change.dueAt !== undefined && change.dueAt !== previous.dueAt;
      await pay(previous.user, tokenStoreUse[isMoved ? 'moveMark' : 'changeStatus']);
      const version = await tokens.changeStatus(previous, change);
      const index = population.indexOf(previous.user);
      if (change.lastSeenAt !== undefined) population.lastSeenAt[index] = change.lastSeenAt;
      // A back-off does not make a refresh less late.
      if (change.dueAt !== undefined && !change.failures) population.wantedAt[index] = change.dueAt;
      return version;
    },
    async remove(previous) {
      await pay(previous.user, tokenStoreUse.moveMark);
      await tokens.remove(previous);
    },
    async signOut(user, hashes, when) {
      await pay(user, tokenStoreUse.signOutNobody);
      return tokens.signOut(user, hashes, when);
    },
    async sessionsOf(user) {
      await pay(user, tokenStoreUse.sessionsOf);
      return tokens.sessionsOf(user);
    },
    // Operators' own: nothing in the simulation asks for it.
    records: tokens.records,
    async *due(...given) {
      let pages = 0;
      for await (const page of tokens.due(...given)) {
        pages += 1;
        meter.add('storage', page.length);
        yield page;
      }
      // Pages of a sample are smaller, so that there are as many as of all users.
      meter.add('fixedStorage', Math.max(1, pages));
    },
    async dropStaleMark(mark) {
      await pay(mark.user, tokenStoreUse.dropStaleMark);
      return tokens.dropStaleMark(mark);
    },
    async postponeMark(mark, until) {
      await pay(mark.user, tokenStoreUse.postponeMark);
      return tokens.postponeMark(mark, until);
    },
  };
}
