import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { days, hours, startTime } from '../support/clock.ts';
import { newSession, newUser, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const now = startTime + hours;

/** Signing out where tokens outlive their user's last session. */
export function describeRetainedTokens(name: string, create: CreateTokenStore): void {
  describe(`retained tokens on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    async function hashesOf(user: UserHash): Promise<string[]> {
      return (await store.sessionsOf(user)).map(({ hash }) => hash);
    }

    async function signOut(user: UserHash, retainMs = 30 * days, at = now): Promise<boolean> {
      return store.signOut(user, await hashesOf(user), { now: at, retainMs });
    }

    it('stay with their mark when the last session goes, which is noted', async () => {
      const { version, ...record } = await signedIn(store);
      expect(await signOut(record.user)).toBe(false);
      const kept = await storedRecord(store, record.user);
      expect(kept).toEqual({ ...record, sessionsEndAt: now, version: kept.version });
      expect(kept.version).not.toBe(version);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
      expect(await store.sessionsOf(record.user)).toEqual([]);
    });

    it('are due when they have been retained for long enough', async () => {
      const { user } = await signedIn(store, { dueAt: now + 3 * hours });
      await signOut(user, 2 * hours);
      const kept = await storedRecord(store, user);
      expect(kept).toMatchObject({ sessionsEndAt: now, dueAt: now + 2 * hours });
      expect(await allMarksOf(store, user)).toEqual([markOf(kept)]);
    });

    it('stay in both flows', async () => {
      const { user } = await signedIn(store);
      await signedIn(store, { user, flow: 'device', dueAt: startTime });
      await signOut(user);
      expect((await storedRecord(store, user, 'code')).sessionsEndAt).toBe(now);
      expect((await storedRecord(store, user, 'device')).sessionsEndAt).toBe(now);
      expect(await allMarksOf(store, user)).toHaveLength(2);
    });

    it('stay when the sign-in has ended, and stay marked so', async () => {
      const record = await signedIn(store, { state: 'reauth_required', reason: 'revoked' });
      await signOut(record.user);
      const kept = await storedRecord(store, record.user);
      expect(kept).toMatchObject({ state: 'reauth_required', sessionsEndAt: now });
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });

    it('are as they were while another session lives', async () => {
      const record = await signedIn(store);
      const [first = ''] = await hashesOf(record.user);
      const second = newSession();
      await store.signIn(record, second);
      const before = await storedRecord(store, record.user);
      expect(await store.signOut(record.user, [first], { now, retainMs: days })).toBe(false);
      expect(await storedRecord(store, record.user)).toEqual(before);
      expect(await store.sessionsOf(record.user)).toEqual([second]);
    });

    it('see the last session go when the others have expired', async () => {
      const { user } = await signedIn(store);
      const [live = ''] = await hashesOf(user);
      await store.signIn(tokenRecord({ user }), newSession(now));
      await store.signOut(user, [live], { now, retainMs: days });
      expect((await storedRecord(store, user)).sessionsEndAt).toBe(now);
      expect(await store.sessionsOf(user)).toEqual([]);
    });

    it('keep the time of an end that has been before', async () => {
      const { user } = await signedIn(store);
      await signOut(user);
      const before = await storedRecord(store, user);
      await signOut(user, 30 * days, now + days);
      expect(await storedRecord(store, user)).toEqual(before);
    });

    it('belong to a session again after a sign-in', async () => {
      const { user } = await signedIn(store);
      await signOut(user);
      const again = await signedIn(store, { user, sessionsEndAt: now + days });
      expect(again.sessionsEndAt).toBe(now + days);
      expect(await hashesOf(user)).toHaveLength(1);
    });

    it('go when they are no longer to be kept', async () => {
      const { user } = await signedIn(store);
      await signOut(user);
      expect(await signOut(user, 0)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('are not made for a user who has none', async () => {
      const user = newUser();
      expect(await signOut(user)).toBe(false);
      expect(await subject.rowsOf(user)).toEqual([]);
    });
  });
}
