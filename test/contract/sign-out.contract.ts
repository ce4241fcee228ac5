import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import type { SessionEntry } from '../../src/lib/auth/session/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { days, hours, startTime } from '../support/clock.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../support/token-records.ts';
import { markOf, signInAs, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

/** Signing in and out: sessions under their user, and what goes with the last of them. */
export function describeSignInAndOut(name: string, create: CreateTokenStore): void {
  describe(`signing in and out on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    const signIn = (user: UserHash, token = 'access-0', dueAt = startTime) =>
      signInAs(store, { user, token, dueAt });

    async function signOut(user: UserHash, hashes: string[], now = startTime): Promise<boolean> {
      return store.signOut(user, hashes, { now, retainMs: 0 });
    }

    it('replaces the record of an earlier sign-in and keeps one mark', async () => {
      const user = newUser();
      const first = await signIn(user);
      const second = await signIn(user, 'access-1', startTime + 1);
      const record = await storedRecord(store, user);
      expect(record.accessToken.token).toBe('access-1');
      expect(record.dueAt).toBe(startTime + 1);
      expect(await marksOf(store, user)).toEqual([markOf(record)]);
      expect(await sortedSessions(store, user)).toEqual(sortByHash([first, second]));
    });

    it.each([
      ['earlier', startTime + days, startTime + 7 * days],
      ['later', startTime + 9 * days, startTime + 9 * days],
    ])(
      'keeps the later end of the sessions when the new one ends %s',
      async (_name, sessionsEndAt, expected) => {
        const user = newUser();
        await signIn(user);
        await store.signIn(tokenRecord({ user, sessionsEndAt }), newSession(sessionsEndAt));
        expect((await storedRecord(store, user)).sessionsEndAt).toBe(expected);
      },
    );

    it('forgets the user with the last session', async () => {
      const user = newUser();
      const session = await signIn(user);
      await store.signIn(tokenRecord({ user, flow: 'device' }), session);
      expect(await signOut(user, [session.hash])).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('keeps the tokens for another session', async () => {
      const user = newUser();
      const [first, second] = [await signIn(user), await signIn(user)];
      const record = await storedRecord(store, user);
      expect(await signOut(user, [first.hash])).toBe(false);
      expect(await store.sessionsOf(user)).toEqual([second]);
      expect(await storedRecord(store, user)).toEqual(record);
      expect(await marksOf(store, user)).toHaveLength(1);
    });

    it('takes several sessions off at once', async () => {
      const user = newUser();
      const [first, second, third] = [await signIn(user), await signIn(user), await signIn(user)];
      expect(await signOut(user, [first.hash, third.hash])).toBe(false);
      expect(await store.sessionsOf(user)).toEqual([second]);
    });

    it('does not count a session that has expired', async () => {
      const user = newUser();
      await store.signIn(tokenRecord({ user }), newSession(startTime + hours));
      const { hash } = await signIn(user);
      expect(await signOut(user, [hash], startTime + hours)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('forgets a user whose sessions have all expired', async () => {
      const user = newUser();
      await store.signIn(tokenRecord({ user }), newSession(startTime + hours));
      expect(await signOut(user, [], startTime + hours - 1)).toBe(false);
      expect(await signOut(user, [], startTime + hours)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('signs out twice as once, and has deleted tokens once', async () => {
      const user = newUser();
      const { hash } = await signIn(user);
      expect(await signOut(user, [hash])).toBe(true);
      expect(await signOut(user, [hash])).toBe(false);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('has no tokens to delete of a user who never signed in', async () => {
      expect(await signOut(newUser(), [newSession().hash])).toBe(false);
    });

    it('leaves other users alone', async () => {
      const [user, other] = [newUser(), newUser()];
      const { hash } = await signIn(user);
      await signIn(other);
      await signOut(user, [hash]);
      expect(await subject.rowsOf(other)).toHaveLength(3);
    });
  });
}

async function sortedSessions(store: TokenStore, user: UserHash): Promise<SessionEntry[]> {
  return sortByHash(await store.sessionsOf(user));
}

function sortByHash(sessions: SessionEntry[]): SessionEntry[] {
  return sessions.sort((a, b) => (a.hash < b.hash ? -1 : 1));
}
