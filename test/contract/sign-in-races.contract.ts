import { beforeAll, describe, expect, it } from 'vitest';
import type { StatusChange, TokenStore } from '../../src/lib/auth/ports.ts';
import type { UserHash } from '../../src/lib/auth/user.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { days, startTime } from '../support/clock.ts';
import { newUser, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signInAs, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const forget = { now: startTime, retainMs: 0 };
const retain = { now: startTime + days, retainMs: days };

/** Signing in, signing out and refresh at the same time. */
export function describeSignInRaces(name: string, create: CreateTokenStore): void {
  describe(`signing in and out at once on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    const signIn = (user: UserHash, token = 'access-0', dueAt = startTime) =>
      signInAs(store, { user, token, dueAt });

    it('signs a user in from several browsers', async () => {
      const user = newUser();
      const sessions = await Promise.all(
        [1, 2, 3].map((n) => signIn(user, `access-${n}`, startTime + n)),
      );
      const listed = (await store.sessionsOf(user)).map(({ hash }) => hash);
      expect(listed.sort()).toEqual(sessions.map(({ hash }) => hash).sort());
      expect(await allMarksOf(store, user)).toEqual([markOf(await storedRecord(store, user))]);
    });

    it('signs in while a refresh writes', async () => {
      const user = newUser();
      await signIn(user);
      const record = await storedRecord(store, user);
      const [signedIn] = await Promise.allSettled([
        signIn(user, 'signed-in', startTime + 1),
        store.update(record, tokenRecord({ user, token: 'refreshed', dueAt: startTime + 2 })),
      ]);
      expect(signedIn.status).toBe('fulfilled');
      const present = await storedRecord(store, user);
      expect(present.accessToken.token).toBe('signed-in');
      expect(await allMarksOf(store, user)).toEqual([markOf(present)]);
    });

    it('signs in while the earlier sign-in is noted as ended', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        await signIn(user);
        const record = await storedRecord(store, user);
        const [signedIn, change] = await Promise.allSettled([
          later(round % 10, () => signIn(user, 'signed-in', startTime + 1)),
          later((round * 7) % 10, () => store.changeStatus(record, { state: 'reauth_required' })),
        ]);
        expect(signedIn.status).toBe('fulfilled');
        if (change.status === 'rejected') expect(change.reason).toBeInstanceOf(ConflictError);
        const present = await storedRecord(store, user);
        expect(present).toMatchObject({ state: 'active', dueAt: startTime + 1 });
        expect(await allMarksOf(store, user)).toEqual([markOf(present)]);
      }
    });

    it.each([
      ['forgets the tokens', forget],
      ['keeps the tokens', retain],
    ])('never loses a sign-in to a sign-out that %s', async (_name, options) => {
      for (let round = 0; round < 30; round++) {
        const user = newUser();
        const earlier = await signIn(user);
        const [session] = await Promise.all([
          later(round % 10, () => signIn(user, 'new', startTime + 1 + round)),
          later((round * 7) % 10, () => store.signOut(user, [earlier.hash], options)),
        ]);
        const present = await storedRecord(store, user);
        expect(present.accessToken.token).toBe('new');
        expect(present.sessionsEndAt).toBe(startTime + 7 * days);
        expect(await store.sessionsOf(user)).toEqual([session]);
        expect(await allMarksOf(store, user)).toEqual([markOf(present)]);
      }
    });

    it('never loses a sign-in to the removal of what was there before', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        await signIn(user);
        const record = await storedRecord(store, user);
        const [signedIn, removed] = await Promise.allSettled([
          later(round % 10, () => signIn(user, 'new', startTime + 1)),
          later((round * 7) % 10, () => store.remove(record)),
        ]);
        expect(signedIn.status).toBe('fulfilled');
        if (removed.status === 'rejected') expect(removed.reason).toBeInstanceOf(ConflictError);
        const present = await storedRecord(store, user);
        expect(present.accessToken.token).toBe('new');
        expect(await allMarksOf(store, user)).toEqual([markOf(present)]);
      }
    });

    it.each<[string, StatusChange | 'update']>([
      ['new tokens', 'update'],
      ['a new time', { dueAt: startTime + 1 }],
      ['the end of the sign-in', { state: 'reauth_required' }],
      ['activity', { lastSeenAt: startTime + 1 }],
    ])('lets a sign-out win over a write of %s', async (_name, change) => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        const { hash } = await signIn(user);
        const record = await storedRecord(store, user);
        const next = tokenRecord({ user, dueAt: startTime + 1 });
        const [written] = await Promise.allSettled([
          later(round % 10, () =>
            change === 'update' ? store.update(record, next) : store.changeStatus(record, change),
          ),
          later((round * 7) % 10, () => store.signOut(user, [hash], forget)),
        ]);
        if (written.status === 'rejected') expect(written.reason).toBeInstanceOf(GoneError);
        expect(await subject.rowsOf(user)).toEqual([]);
      }
    });

    it('forgets the user when the last sessions end', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        const sessions = [await signIn(user), await signIn(user)];
        await Promise.all(sessions.map(({ hash }) => store.signOut(user, [hash], forget)));
        expect(await subject.rowsOf(user)).toEqual([]);
      }
    });

    it('notes the end when the last sessions end', async () => {
      for (let round = 0; round < 20; round++) {
        const user = newUser();
        const sessions = [await signIn(user), await signIn(user)];
        await Promise.all(sessions.map(({ hash }) => store.signOut(user, [hash], retain)));
        expect((await storedRecord(store, user)).sessionsEndAt).toBe(retain.now);
        expect(await store.sessionsOf(user)).toEqual([]);
      }
    });
  });
}

/** Runs something some turns of the event loop later. */
async function later<T>(turns: number, run: () => Promise<T>): Promise<T> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  return run();
}
