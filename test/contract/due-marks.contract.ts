import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark, TokenStore } from '../../src/lib/auth/ports.ts';
import { minutes, startTime } from '../support/clock.ts';
import { marksOf, newSession, newUserIn, tokenRecord } from '../support/token-records.ts';
import { markOf, signedIn } from './stored-record.ts';
import type { CreateTokenStore, TokenStoreSubject } from './token-store.contract.ts';

/** The schedule of refresh: due marks that move with their records. */
export function describeDueMarks(name: string, create: CreateTokenStore): void {
  describe(`due marks on ${name}`, () => {
    let subject: TokenStoreSubject;
    let store: TokenStore;

    beforeAll(async () => {
      subject = await create();
      store = subject.store;
    });

    async function dueIn(shard: string, upTo: number): Promise<DueMark[]> {
      const due: DueMark[] = [];
      for await (const page of store.due(shard, 'active', upTo)) due.push(...page);
      return due;
    }

    it('puts every user into one of the shards', async () => {
      const { user } = await signedIn(store, { dueAt: startTime });
      const due = await Promise.all(store.shards.map((shard) => dueIn(shard, startTime)));
      expect(due.flat().filter((mark) => mark.user === user)).toHaveLength(1);
    });

    it('moves the mark with the record', async () => {
      const record = await signedIn(store, { dueAt: startTime });
      const dueAt = startTime + 30 * minutes;
      await store.update(record, tokenRecord({ user: record.user, dueAt }));
      expect(await marksOf(store, record.user)).toEqual([markOf({ ...record, dueAt })]);
    });

    it('keeps the mark when a record is due at the same time as before', async () => {
      const record = await signedIn(store, { dueAt: startTime });
      await store.update(record, tokenRecord({ user: record.user, dueAt: record.dueAt }));
      expect(await marksOf(store, record.user)).toHaveLength(1);
    });

    it('has a mark for each flow', async () => {
      const { user } = await signedIn(store, { dueAt: startTime });
      await store.signIn(tokenRecord({ user, flow: 'device' }), newSession());
      const flows = (await marksOf(store, user)).map((mark) => mark.flow);
      expect(flows.sort()).toEqual(['code', 'device']);
    });

    it('lists the longest overdue first, up to and with the time asked', async () => {
      const users = [newUserIn('7'), newUserIn('7'), newUserIn('7'), newUserIn('7')] as const;
      const times = [3, 1, 2, 4].map((n) => startTime - n * minutes);
      await Promise.all(users.map((user, n) => signedIn(store, { user, dueAt: times[n] ?? 0 })));
      const due = await dueIn('7', startTime - 2 * minutes);
      const ours = due.filter((mark) => users.some((user) => user === mark.user));
      expect(ours.map((mark) => mark.dueAt)).toEqual([4, 3, 2].map((n) => startTime - n * minutes));
    });

    it('lists nobody who is not due, and nobody of another shard', async () => {
      const user = newUserIn('8');
      await signedIn(store, { user, dueAt: startTime + 1 });
      expect((await dueIn('8', startTime)).map((mark) => mark.user)).not.toContain(user);
      expect((await dueIn('9', startTime + 1)).map((mark) => mark.user)).not.toContain(user);
    });

    it('lists all of many, in pages', async () => {
      const marks = Array.from({ length: 1100 }, (_, n) => ({
        user: newUserIn('a'),
        flow: 'code' as const,
        state: 'active' as const,
        dueAt: startTime - n,
      }));
      for (let start = 0; start < marks.length; start += 100) {
        await Promise.all(marks.slice(start, start + 100).map((mark) => subject.addMark(mark)));
      }
      const pages: number[] = [];
      const times: number[] = [];
      for await (const page of store.due('a', 'active', startTime)) {
        pages.push(page.length);
        times.push(...page.map((mark) => mark.dueAt));
      }
      expect(times.length).toBeGreaterThanOrEqual(1100);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(pages.length).toBeGreaterThan(1);
    });

    it('names the tenant on the mark, and keeps it as the mark moves', async () => {
      const user = newUserIn('b');
      const record = await signedIn(store, { user, tenantId: 'tenant-9' });
      const tenant = async (upTo: number) =>
        (await dueIn('b', upTo)).filter((mark) => mark.user === user).map((mark) => mark.tenantId);
      expect(await tenant(record.dueAt)).toEqual(['tenant-9']);
      const dueAt = record.dueAt + minutes;
      const version = await store.changeStatus(record, { dueAt });
      expect(await tenant(dueAt)).toEqual(['tenant-9']);
      await store.update({ ...record, dueAt, version }, { ...record, dueAt: dueAt + minutes });
      expect(await tenant(dueAt + minutes)).toEqual(['tenant-9']);
    });

    it('leaves out tenants that are not asked for, or marks without a tenant', async () => {
      const tenants = ['tenant-1', 'tenant-2', 'tenant-3', 'tenant-2', 'tenant-1'];
      const users = new Set<string>();
      for (const [index, tenantId] of [...tenants, ''].entries()) {
        const user = newUserIn('c');
        users.add(user);
        await signedIn(store, { user, tenantId, dueAt: startTime + index });
      }
      const others = async (except: readonly string[]) => {
        const due: DueMark[] = [];
        for await (const page of store.due('c', 'active', startTime + minutes, except)) {
          due.push(...page);
        }
        return due.filter(({ user }) => users.has(user)).map(({ tenantId }) => tenantId);
      };
      const none = undefined;
      expect(await others(['tenant-1'])).toEqual(['tenant-2', 'tenant-3', 'tenant-2', none]);
      expect(await others(['tenant-2', 'tenant-1', "o'tenant"])).toEqual(['tenant-3', none]);
      expect(await others(['tenant-1', ''])).toEqual(['tenant-2', 'tenant-3', 'tenant-2']);
      expect(await others([''])).toEqual(tenants);
      expect(await others([])).toHaveLength(6);
    });

    it('updates a record whose mark is missing, and marks it again', async () => {
      const record = await signedIn(store, { dueAt: startTime });
      await subject.removeMark(record);
      const dueAt = startTime + 30 * minutes;
      await store.update(record, tokenRecord({ user: record.user, dueAt }));
      expect(await marksOf(store, record.user)).toEqual([markOf({ ...record, dueAt })]);
    });

    it('signs in a user whose mark is missing, and marks them again', async () => {
      const record = await signedIn(store, { dueAt: startTime });
      await subject.removeMark(record);
      const again = await signedIn(store, { user: record.user, dueAt: startTime + 1 });
      expect(await marksOf(store, record.user)).toEqual([markOf(again)]);
    });
  });
}
