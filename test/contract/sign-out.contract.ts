import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionEntry, TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { GoneError } from '../../src/lib/errors.ts';
import { hours, startTime } from '../support/clock.ts';
import { marksOf, newSession, newUser, tokenRecord } from '../support/token-records.ts';
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

    async function signIn(user: UserHash, token = 'access-0', dueAt = startTime) {
      const session = newSession();
      await store.signIn(tokenRecord({ user, token, dueAt }), session);
      return session;
    }

    it('replaces the record of an earlier sign-in and keeps one mark', async () => {
      const user = newUser();
      const first = await signIn(user);
      const second = await signIn(user, 'access-1', startTime + 1);
      expect((await store.read(user, 'code'))?.accessToken.token).toBe('access-1');
      expect(await marksOf(store, user)).toEqual([{ user, flow: 'code', dueAt: startTime + 1 }]);
      expect(await sortedSessions(store, user)).toEqual(sortByHash([first, second]));
    });

    it('signs a user in from several browsers at once', async () => {
      const user = newUser();
      const sessions = await Promise.all(
        [1, 2, 3].map((n) => signIn(user, `access-${n}`, startTime + n)),
      );
      expect(await sortedSessions(store, user)).toEqual(sortByHash(sessions));
      expect(await marksOf(store, user)).toHaveLength(1);
      const record = await store.read(user, 'code');
      expect(await marksOf(store, user)).toEqual([{ user, flow: 'code', dueAt: record?.dueAt }]);
    });

    it('signs in while a refresh writes', async () => {
      const user = newUser();
      await signIn(user);
      const record = await store.read(user, 'code');
      if (!record) throw new Error('the record is not there');
      const [signedIn] = await Promise.allSettled([
        signIn(user, 'signed-in', startTime + 1),
        store.update(record, tokenRecord({ user, token: 'refreshed', dueAt: startTime + 2 })),
      ]);
      expect(signedIn.status).toBe('fulfilled');
      expect((await store.read(user, 'code'))?.accessToken.token).toBe('signed-in');
      expect(await marksOf(store, user)).toHaveLength(1);
    });

    it('forgets the user with the last session', async () => {
      const user = newUser();
      const { hash } = await signIn(user);
      await store.signIn(tokenRecord({ user, flow: 'device' }), {
        hash,
        createdAt: startTime,
        expiresAt: startTime,
      });
      expect(await store.signOut(user, [hash], startTime)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('keeps the tokens for another session', async () => {
      const user = newUser();
      const [first, second] = [await signIn(user), await signIn(user)];
      expect(await store.signOut(user, [first.hash], startTime)).toBe(false);
      expect(await store.sessionsOf(user)).toEqual([second]);
      expect(await store.read(user, 'code')).toBeDefined();
      expect(await marksOf(store, user)).toHaveLength(1);
    });

    it('does not count a session that has expired', async () => {
      const user = newUser();
      await store.signIn(tokenRecord({ user }), newSession(startTime + hours));
      const { hash } = await signIn(user);
      expect(await store.signOut(user, [hash], startTime + hours)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('signs out twice as once', async () => {
      const user = newUser();
      const { hash } = await signIn(user);
      await store.signOut(user, [hash], startTime);
      await store.signOut(user, [hash], startTime);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('leaves other users alone', async () => {
      const [user, other] = [newUser(), newUser()];
      const { hash } = await signIn(user);
      await signIn(other);
      await store.signOut(user, [hash], startTime);
      expect(await subject.rowsOf(other)).toHaveLength(3);
    });

    it('never loses a sign-in to a sign-out at the same time', async () => {
      for (let round = 0; round < 30; round++) {
        const user = newUser();
        const earlier = await signIn(user);
        const [session] = await Promise.all([
          later(round % 10, () => signIn(user, 'new', startTime + 1 + round)),
          later((round * 7) % 10, () => store.signOut(user, [earlier.hash], startTime)),
        ]);
        expect((await store.read(user, 'code'))?.accessToken.token).toBe('new');
        expect(await store.sessionsOf(user)).toEqual([session]);
        expect(await marksOf(store, user)).toHaveLength(1);
      }
    });

    it('wins over a refresh at the same time', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        const { hash } = await signIn(user);
        const record = await store.read(user, 'code');
        if (!record) throw new Error('the record is not there');
        const next = tokenRecord({ user, dueAt: startTime + 1 });
        const [update] = await Promise.allSettled([
          later(round % 10, () => store.update(record, next)),
          later((round * 7) % 10, () => store.signOut(user, [hash], startTime)),
        ]);
        if (update.status === 'rejected') expect(update.reason).toBeInstanceOf(GoneError);
        expect(await subject.rowsOf(user)).toEqual([]);
      }
    });

    it('forgets the user when the last sessions end at the same time', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        const sessions = [await signIn(user), await signIn(user)];
        await Promise.all(sessions.map(({ hash }) => store.signOut(user, [hash], startTime)));
        expect(await subject.rowsOf(user)).toEqual([]);
      }
    });
  });
}

/** Runs something some turns of the event loop later. */
async function later<T>(turns: number, run: () => Promise<T>): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  return run();
}

async function sortedSessions(store: TokenStore, user: UserHash): Promise<SessionEntry[]> {
  return sortByHash(await store.sessionsOf(user));
}

function sortByHash(sessions: SessionEntry[]): SessionEntry[] {
  return sessions.sort((a, b) => (a.hash < b.hash ? -1 : 1));
}
