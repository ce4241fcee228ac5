import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../src/lib/auth/ports.ts';
import { minutes, startTime } from '../support/clock.ts';
import { marksOf, newSession, newUser, newUserIn, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const later = startTime + 90 * minutes;
const states = ['active', 'reauth_required'] as const;

/** Tokens of no use until the user signs in again: marked apart from those to be refreshed. */
export function describeEndedSignIns(name: string, create: CreateTokenStore): void {
  describe(`ended sign-ins on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    /** A user who has signed in, and whose tokens were refused then. */
    async function ended(user = newUser(), dueAt = startTime) {
      const record = await signedIn(store, { user });
      await store.changeStatus(record, { state: 'reauth_required', reason: 'revoked', dueAt });
      return storedRecord(store, user);
    }

    async function dueIn(shard: string, state: DueMark['state'], upTo: number) {
      const due: DueMark[] = [];
      for await (const page of store.due(shard, state, upTo)) due.push(...page);
      return due;
    }

    it('are due apart from those to be refreshed', async () => {
      const record = await ended();
      expect(await marksOf(store, record.user, 'active')).toEqual([]);
      expect(await marksOf(store, record.user, 'reauth_required')).toEqual([
        { user: record.user, flow: 'code', state: 'reauth_required', dueAt: startTime },
      ]);
    });

    it('are listed the longest overdue first, up to and with the time asked', async () => {
      const users = [newUserIn('7'), newUserIn('7'), newUserIn('7'), newUserIn('7')] as const;
      const times = [3, 1, 2, 4].map((n) => startTime - n * minutes);
      await Promise.all(users.map((user, n) => ended(user, times[n])));
      const due = await dueIn('7', 'reauth_required', startTime - 2 * minutes);
      expect(due.map(({ dueAt }) => dueAt)).toEqual([4, 3, 2].map((n) => startTime - n * minutes));
      expect(await dueIn('7', 'active', later)).toEqual([]);
    });

    it('are active again with the next sign-in', async () => {
      const { user } = await ended();
      const next = tokenRecord({ user, dueAt: later });
      await store.signIn(next, newSession());
      expect(await allMarksOf(store, user)).toEqual([markOf(next)]);
      expect(await store.readStatus(user, 'code')).toMatchObject({
        state: 'active',
        reason: undefined,
      });
    });

    it('are active again with an update', async () => {
      const record = await ended();
      const next = tokenRecord({ user: record.user, dueAt: record.dueAt });
      await store.update(record, next);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(next)]);
    });

    it('are active again with a change of status', async () => {
      const record = await ended();
      await store.changeStatus(record, { state: 'active', reason: undefined, dueAt: later });
      const mark = markOf({ ...record, state: 'active', dueAt: later });
      expect(await allMarksOf(store, record.user)).toEqual([mark]);
    });

    it('are ended by an update as well', async () => {
      const record = await signedIn(store);
      const next = tokenRecord({ user: record.user, state: 'reauth_required' });
      await store.update(record, next);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(next)]);
    });

    it('come back to one mark when theirs is missing', async () => {
      const record = await ended();
      await subject.removeMark(record);
      const next = tokenRecord({ user: record.user, dueAt: later });
      await store.signIn(next, newSession());
      expect(await allMarksOf(store, record.user)).toEqual([markOf(next)]);
    });

    it('stay ended in one flow while the user signs in by the other', async () => {
      const record = await ended();
      const other = await signedIn(store, { user: record.user, flow: 'device' });
      expect(await allMarksOf(store, record.user)).toEqual([markOf(other), markOf(record)]);
    });

    it('leave no mark behind at sign-out', async () => {
      const { user } = await ended();
      const hashes = (await store.sessionsOf(user)).map(({ hash }) => hash);
      const options = { now: startTime, retainMs: 0 };
      expect(await store.signOut(user, hashes, options)).toBe(true);
      expect(await subject.rowsOf(user)).toEqual([]);
    });
  });

  describe.each(states)(`a stale mark on ${name}: %s`, (state) => {
    let subject: TokenStoreSubject;
    let store: TokenStore;
    const [other = state] = states.filter((each) => each !== state);

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    it('goes where no record is behind it, twice as once', async () => {
      const mark = { user: newUser(), flow: 'code', state, dueAt: startTime } as const;
      await subject.addMark(mark);
      expect(await subject.rowsOf(mark.user)).toHaveLength(1);
      await store.dropStaleMark(mark);
      await store.dropStaleMark(mark);
      expect(await subject.rowsOf(mark.user)).toEqual([]);
    });

    it('goes where the record is due later', async () => {
      const record = await signedIn(store, { state });
      const stale = { ...markOf(record), dueAt: record.dueAt - 1 };
      await subject.addMark(stale);
      expect(await allMarksOf(store, record.user)).toHaveLength(2);
      await store.dropStaleMark(stale);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });

    it('is none where the record is due earlier: the mark was postponed', async () => {
      const record = await signedIn(store, { state });
      const later = { ...markOf(record), dueAt: record.dueAt + 1 };
      await subject.addMark(later);
      await store.dropStaleMark(later);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record), later]);
    });

    it('goes where the record is in the other state at the same time', async () => {
      const record = await signedIn(store, { state: other });
      const stale = { ...markOf(record), state };
      await subject.addMark(stale);
      expect(await allMarksOf(store, record.user)).toHaveLength(2);
      await store.dropStaleMark(stale);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });

    it('goes where only the user’s other flow is due then', async () => {
      const record = await signedIn(store, { state, flow: 'device' });
      const stale = { ...markOf(record), flow: 'code' } as const;
      await subject.addMark(stale);
      await store.dropStaleMark(stale);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });

    it('is none, and stays, where the record stands behind it', async () => {
      const record = await signedIn(store, { state });
      await store.dropStaleMark(markOf(record));
      expect(await allMarksOf(store, record.user)).toEqual([markOf(record)]);
    });
  });
}
