import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../src/lib/auth/ports.ts';
import { markedBy } from '../../src/lib/auth/refresh/due-mark.ts';
import { minutes, startTime } from '../support/clock.ts';
import { newSession, tokenRecord } from '../support/token-records.ts';
import { allMarksOf, markOf, signedIn, storedRecord } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

const later = startTime + 10 * minutes;

/** Marks that move while their records stay as they are. */
export function describePostponedMarks(name: string, create: CreateTokenStore): void {
  describe(`postponed marks on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    const due = (fields: Parameters<typeof signedIn>[1] = {}) =>
      signedIn(store, { dueAt: startTime, ...fields });

    async function dueMarksOf({ user }: DueMark, upTo: number): Promise<DueMark[]> {
      const found: DueMark[] = [];
      for await (const page of store.due(user.slice(0, 1), 'active', upTo)) found.push(...page);
      return found.filter((mark) => mark.user === user);
    }

    /** A user who is due, and whose mark was postponed. */
    async function postponed(fields: Parameters<typeof signedIn>[1] = {}) {
      const record = await due(fields);
      await store.postponeMark(markOf(record), () => later);
      const mark: DueMark = { ...markOf(record), dueAt: later };
      return { record, mark };
    }

    it.each(['active', 'reauth_required'] as const)(
      'leave the record as it is, version and all: %s',
      async (state) => {
        const { record, mark } = await postponed({ state });
        expect(await storedRecord(store, record.user)).toEqual(record);
        expect(await allMarksOf(store, record.user)).toEqual([mark]);
      },
    );

    it('keep their tenant, and count how often that was', async () => {
      const { mark } = await postponed({ tenantId: 'tenant-7' });
      const counts: number[] = [];
      const until = (before: number) => {
        counts.push(before);
        return later + before;
      };
      await store.postponeMark(mark, until);
      await store.postponeMark({ ...mark, dueAt: later + 1 }, until);
      expect(counts).toEqual([1, 2]);
      expect(await dueMarksOf(mark, later + 2)).toEqual([
        { ...mark, dueAt: later + 2, tenantId: 'tenant-7', postponed: 3 },
      ]);
    });

    it('are not made of a mark that is gone', async () => {
      const { record, mark } = await postponed();
      await store.postponeMark(markOf(record), () => later + 1);
      expect(await allMarksOf(store, record.user)).toEqual([mark]);
    });

    it('are one when a mark is postponed twice at once', async () => {
      const record = await due();
      const times = [later, later + 1, later + 2, later + 3];
      await Promise.all(times.map((time) => store.postponeMark(markOf(record), () => time)));
      expect(await allMarksOf(store, record.user)).toHaveLength(1);
    });

    it('are one when the record changes at the same time', async () => {
      const record = await due();
      const dueAt = later + 30 * minutes;
      await Promise.all([
        store.postponeMark(markOf(record), () => later),
        store.changeStatus(record, { dueAt }),
      ]);
      const marks = await allMarksOf(store, record.user);
      for (const mark of marks) await store.dropStaleMark(mark);
      expect(await allMarksOf(store, record.user)).toEqual([markOf({ ...record, dueAt })]);
    });

    it('hold, though the record is due earlier', async () => {
      const { record, mark } = await postponed();
      await store.dropStaleMark(mark);
      expect(await allMarksOf(store, record.user)).toEqual([mark]);
    });

    it('move with a record that is written by whoever came by the mark', async () => {
      const { record, mark } = await postponed();
      const marked = markedBy(record, mark);
      const lease = { owner: 'me', until: later };
      const version = await store.changeStatus(marked, { lease });
      expect(await storedRecord(store, record.user)).toEqual({ ...record, lease, version });
      expect(await allMarksOf(store, record.user)).toEqual([mark]);
      const next = tokenRecord({ user: record.user, dueAt: later + 30 * minutes });
      await store.update({ ...marked, version }, next);
      expect(await allMarksOf(store, record.user)).toEqual([markOf(next)]);
    });

    const rewrites: [string, (record: Awaited<ReturnType<typeof due>>) => Promise<unknown>][] = [
      ['an update', (record) => store.update(record, { ...record, dueAt: later + minutes })],
      ['a change of status', (record) => store.changeStatus(record, { dueAt: later + minutes })],
      ['a sign-in', (record) => store.signIn({ ...record, dueAt: later + minutes }, newSession())],
    ];

    it.each(rewrites)('are stale once the record is due later, by %s', async (_, rewrite) => {
      const { record, mark } = await postponed();
      await rewrite(record);
      const own = { ...markOf(record), dueAt: later + minutes };
      expect(await allMarksOf(store, record.user)).toEqual([mark, own]);
      await store.dropStaleMark(mark);
      expect(await allMarksOf(store, record.user)).toEqual([own]);
    });

    it('are stale once the record is gone', async () => {
      const { record, mark } = await postponed();
      await store.remove(record);
      await store.dropStaleMark(mark);
      expect(await allMarksOf(store, record.user)).toEqual([]);
    });

    it('go with a record that is removed by whoever came by the mark', async () => {
      const { record, mark } = await postponed();
      await store.remove(markedBy(record, mark));
      expect(await allMarksOf(store, record.user)).toEqual([]);
    });

    it('of a record that is written again are no longer counted', async () => {
      const { record, mark } = await postponed();
      await store.changeStatus(markedBy(record, mark), { dueAt: later + minutes });
      const found = await dueMarksOf(mark, later + minutes);
      expect(found.map((each) => each.postponed)).toEqual([undefined]);
    });
  });
}
