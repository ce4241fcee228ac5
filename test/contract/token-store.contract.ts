import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark, FoundRecord, TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { minutes, startTime } from '../support/clock.ts';
import { marksOf, newSession, newUser, newUserIn, tokenRecord } from '../support/token-records.ts';
import { markOf, signedIn } from './stored-record.ts';

/** A store, and hands to look and reach behind it. */
export interface TokenStoreSubject {
  store: TokenStore;
  /** Deletes a due mark and nothing else. */
  removeMark(mark: DueMark): Promise<void>;
  /** Adds a due mark and nothing else. */
  addMark(mark: DueMark): Promise<void>;
  /** Names of all that is kept of a user. */
  rowsOf(user: UserHash): Promise<string[]>;
}

export type CreateTokenStore = () => Promise<TokenStoreSubject>;

const later = startTime + 90 * minutes;

/** Records: reading, versions, leases. */
export function describeTokenStore(name: string, create: CreateTokenStore): void {
  describe(`token store on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    it('reads what was signed in', async () => {
      const user = newUser();
      const record = tokenRecord({
        user,
        flow: 'device',
        tenantId: 'tenant-2',
        refreshedBy: 'timer',
        state: 'reauth_required',
        reason: 'revoked',
        failures: 2,
        retryAt: startTime + 1,
        lastSeenAt: startTime + 2,
        usedAt: startTime + 4,
        sessionsEndAt: startTime + 3,
        cache: JSON.stringify({ text: 'ünïcode '.repeat(5000) }),
        scopes: ['User.Read', 'Mail.Read'],
      });
      await store.signIn(record, newSession());
      expect(await store.read(user, 'device')).toEqual({ ...record, version: expect.any(String) });
    });

    it('lists every record, each with its cache and status, and none of another shard', async () => {
      const users = [newUserIn('3'), newUserIn('3'), newUserIn('4')] as const;
      for (const [index, user] of users.entries()) {
        await store.signIn(tokenRecord({ user, cache: `cache-${index}` }), newSession());
      }
      await store.signIn(tokenRecord({ user: users[0], flow: 'device' }), newSession());
      const found: FoundRecord[] = [];
      for await (const page of store.records('3')) found.push(...page);
      const names = found.map(({ user, flow }) => `${user}|${flow}`);
      expect(names).toEqual([...names].sort());
      const ours = found.filter(({ user }) => users.includes(user));
      const { cache, lease, accessToken, ...status } = tokenRecord({ user: users[1] });
      expect(ours).toHaveLength(3);
      expect(ours).toContainEqual({ user: users[1], flow: 'code', cache: 'cache-1', status });
    });

    it('reads the access token and the status apart from the cache', async () => {
      const user = newUser();
      const { cache, lease, accessToken, ...status } = tokenRecord({ user });
      await store.signIn({ cache, lease, accessToken, ...status }, newSession());
      const version = expect.any(String);
      expect(await store.readStatus(user, 'code')).toEqual({ ...status, version });
      expect(await store.readAccessToken(user, 'code')).toEqual({
        ...status,
        accessToken,
        version,
      });
    });

    it('has nothing for a user who never signed in', async () => {
      const user = newUser();
      expect(await store.read(user, 'code')).toBeUndefined();
      expect(await store.readAccessToken(user, 'code')).toBeUndefined();
      expect(await store.readStatus(user, 'code')).toBeUndefined();
      expect(await store.sessionsOf(user)).toEqual([]);
    });

    it('keeps the flows of a user apart', async () => {
      const { user } = await signedIn(store);
      await store.signIn(tokenRecord({ user, flow: 'device', token: 'other' }), newSession());
      expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-0');
      expect((await store.read(user, 'device'))?.accessToken.token).toBe('other');
    });

    it('updates a record and returns its new version', async () => {
      const record = await signedIn(store);
      const next = tokenRecord({ user: record.user, token: 'access-1', refreshedBy: 'timer' });
      const version = await store.update(record, next);
      expect(version).not.toBe(record.version);
      expect(await store.read(record.user, 'code')).toEqual({ ...next, version });
    });

    it('refuses an update of an earlier version, and leaves the record alone', async () => {
      const record = await signedIn(store);
      const next = tokenRecord({ user: record.user, token: 'access-1', dueAt: later });
      await store.update(record, next);
      const stale = store.update(record, tokenRecord({ user: record.user, token: 'access-2' }));
      await expect(stale).rejects.toBeInstanceOf(ConflictError);
      expect((await store.read(record.user, 'code'))?.accessToken.token).toBe('access-1');
      expect(await marksOf(store, record.user)).toEqual([markOf(next)]);
    });

    it('lets one of many concurrent updates of a version through', async () => {
      const record = await signedIn(store);
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => {
          const dueAt = later + index;
          return store.update(record, tokenRecord({ user: record.user, dueAt }));
        }),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await marksOf(store, record.user)).toHaveLength(1);
    });

    it('never makes a row for a user who has signed out', async () => {
      const record = await signedIn(store);
      for (const { hash } of await store.sessionsOf(record.user)) {
        await store.signOut(record.user, [hash], { now: startTime, retainMs: 0 });
      }
      const update = store.update(record, tokenRecord({ user: record.user, dueAt: later }));
      await expect(update).rejects.toBeInstanceOf(GoneError);
      const lease = store.changeStatus(record, { lease: { owner: 'me', until: later } });
      await expect(lease).rejects.toBeInstanceOf(GoneError);
      expect(await subject.rowsOf(record.user)).toEqual([]);
    });

    it('sets and clears a lease, each a new version', async () => {
      const record = await signedIn(store);
      const lease = { owner: 'me', until: later };
      const leased = await store.changeStatus(record, { lease });
      expect(await store.read(record.user, 'code')).toEqual({ ...record, lease, version: leased });
      const freed = await store.changeStatus({ ...record, version: leased }, { lease: undefined });
      expect((await store.read(record.user, 'code'))?.lease).toBeUndefined();
      expect(new Set([record.version, leased, freed]).size).toBe(3);
    });

    it('gives one of many concurrent takers the lease', async () => {
      const record = await signedIn(store);
      const takers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          store.changeStatus(record, { lease: { owner: `${n}`, until: later } }),
        ),
      );
      const refused = takers.filter((taker) => taker.status === 'rejected');
      expect(refused).toHaveLength(7);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(ConflictError);
    });

    it('clears the lease with an update', async () => {
      const record = await signedIn(store);
      const version = await store.changeStatus(record, { lease: { owner: 'me', until: later } });
      await store.update({ ...record, version }, tokenRecord({ user: record.user }));
      expect((await store.read(record.user, 'code'))?.lease).toBeUndefined();
    });
  });
}
