import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../src/lib/auth/ports.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { days, minutes, startTime } from '../support/clock.ts';
import { newSession } from '../support/token-records.ts';
import { allMarksOf, markOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const states = ['active', 'reauth_required'] as const;

/** Deleting one record whose time is up, whatever sessions there are. */
export function describeRecordRemoval(name: string, create: CreateTokenStore): void {
  describe(`removal of a record on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    it.each(states)('takes its mark with it, and leaves the sessions: %s', async (state) => {
      const record = await signedIn(store, { state });
      const sessions = await store.sessionsOf(record.user);
      await store.remove(record);
      expect(await store.read(record.user, 'code')).toBeUndefined();
      expect(await allMarksOf(store, record.user)).toEqual([]);
      expect(await store.sessionsOf(record.user)).toEqual(sessions);
      expect(sessions).toHaveLength(1);
    });

    it('leaves nothing of a user without sessions', async () => {
      const { user } = await signedIn(store);
      const hashes = (await store.sessionsOf(user)).map(({ hash }) => hash);
      await store.signOut(user, hashes, { now: startTime, retainMs: days });
      const status = await store.readStatus(user, 'code');
      if (!status) throw new Error('the status is not there');
      await store.remove(status);
      expect(await subject.rowsOf(user)).toEqual([]);
    });

    it('leaves the user’s other flow alone', async () => {
      const record = await signedIn(store);
      const device = await signedIn(store, { user: record.user, flow: 'device' });
      await store.remove(record);
      expect(await storedRecord(store, record.user, 'device')).toEqual(device);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(device)]);
    });

    it('does without a mark that is missing', async () => {
      const record = await signedIn(store);
      await subject.removeMark(record);
      await store.remove(record);
      expect(await store.read(record.user, 'code')).toBeUndefined();
    });

    it('refuses an earlier version, and leaves record and mark alone', async () => {
      const record = await signedIn(store);
      await store.changeStatus(record, { dueAt: startTime + 90 * minutes });
      const before = await storedRecord(store, record.user);
      await expect(store.remove(record)).rejects.toBeInstanceOf(ConflictError);
      expect(await storedRecord(store, record.user)).toEqual(before);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(before)]);
    });

    it('refuses an earlier version that was due at the same time', async () => {
      const record = await signedIn(store);
      await store.signIn(record, newSession());
      await expect(store.remove(record)).rejects.toBeInstanceOf(ConflictError);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });

    it('finds a record gone that is gone', async () => {
      const record = await signedIn(store);
      await store.remove(record);
      await expect(store.remove(record)).rejects.toBeInstanceOf(GoneError);
    });
  });
}
