import { beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { anyVersion, type Change } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { startTime } from '../support/clock.ts';
import { rowsBetween } from '../support/storage.ts';

const address = { partitionKey: 'p', rowKey: 'r' };
const other = { ...address, rowKey: 'other' };

/** Versions, transactions and pages: the rules that the stores rely on. @param create a new table. */
export function describeTable(name: string, create: () => Table): void {
  describe(`a table on ${name}`, () => {
    let table: Table;

    beforeEach(() => {
      table = create();
    });

    const insert = (row: Change['row']) => table.change({ kind: 'insert', row });
    const rows = () => rowsBetween(table, { partitionKey: 'p' }, ['text', 'count']);

    it('keeps values with their types, and reads the columns that are asked for', async () => {
      const row = { ...address, text: 'é', count: 7, at: new Date(startTime), on: true };
      const bytes = Buffer.from([0, 1, 255]);
      await table.change({ kind: 'insert', row: { ...row, bytes } });
      const stored = await table.get(address);
      expect(stored).toMatchObject(row);
      expect(Buffer.from(stored?.['bytes'] as Uint8Array)).toEqual(bytes);
      expect(await table.get(address, ['count'])).toMatchObject({ ...address, count: 7 });
      expect(await table.get(address, ['count'])).not.toHaveProperty('text');
    });

    it('inserts a row once', async () => {
      await insert({ ...address, count: 1 });
      await expect(insert({ ...address, count: 2 })).rejects.toBeInstanceOf(ConflictError);
      expect(await rows()).toMatchObject([{ count: 1 }]);
    });

    it('puts a row in place of another without asking for its version', async () => {
      await insert({ ...address, text: 'old' });
      await table.change({ kind: 'upsert', row: { ...address, count: 1 } });
      await table.change({ kind: 'upsert', row: { ...other, count: 2 } });
      expect(await rows()).toMatchObject([{ count: 2 }, { count: 1 }]);
      expect((await table.get(address))?.['text']).toBeUndefined();
    });

    it('merges columns into a row, and replaces a row as a whole', async () => {
      const inserted = await insert({ ...address, text: 'kept', count: 1 });
      const row = { ...address, count: 2 };
      const merged = await table.change({ kind: 'merge', row, etag: inserted });
      expect(await table.get(address)).toMatchObject({ text: 'kept', count: 2, etag: merged });
      await table.change({ kind: 'replace', row, etag: merged });
      expect((await table.get(address))?.['text']).toBeUndefined();
    });

    it.each(['merge', 'replace'] as const)('refuses to %s another version', async (kind) => {
      const etag = await insert({ ...address, count: 1 });
      await table.change({ kind, row: { ...address, count: 2 }, etag });
      const late = table.change({ kind, row: { ...address, count: 3 }, etag });
      await expect(late).rejects.toBeInstanceOf(ConflictError);
      await table.change({ kind, row: { ...address, count: 4 }, etag: anyVersion });
      expect(await rows()).toMatchObject([{ count: 4 }]);
    });

    it.each(['merge', 'replace'] as const)('never inserts by a %s', async (kind) => {
      const change = table.change({ kind, row: address, etag: anyVersion });
      await expect(change).rejects.toBeInstanceOf(GoneError);
      expect(await rows()).toEqual([]);
    });

    it('deletes a row once, and a version of it only while that is there', async () => {
      const etag = await insert(address);
      const next = await table.change({ kind: 'merge', row: address, etag });
      const remove = (version?: string) =>
        table.change({ kind: 'delete', row: address, ...(version && { etag: version }) });
      await expect(remove(etag)).rejects.toBeInstanceOf(ConflictError);
      await remove(next);
      await expect(remove(next)).rejects.toBeInstanceOf(GoneError);
      await expect(remove()).rejects.toBeInstanceOf(GoneError);
    });

    it.each<[string, Change, new (message: string) => Error]>([
      ['conflicts', { kind: 'insert', row: other }, ConflictError],
      ['is gone', { kind: 'delete', row: { ...address, rowKey: 'missing' } }, GoneError],
    ])('changes nothing when one change of several %s', async (_name, failing, error) => {
      await insert({ ...other, count: 1 });
      const changes: Change[] = [{ kind: 'insert', row: address }, failing];
      await expect(table.changeAll(changes)).rejects.toBeInstanceOf(error);
      expect(await rows()).toMatchObject([{ ...other, count: 1 }]);
    });

    it('deletes a version among other changes, or changes nothing', async () => {
      const etag = await insert({ ...address, count: 1 });
      await insert(other);
      const deletion = { kind: 'delete', row: address, etag } as const;
      const next = await table.change({ kind: 'merge', row: address, etag });
      const late = table.changeAll([deletion, { kind: 'delete', row: other }]);
      await expect(late).rejects.toBeInstanceOf(ConflictError);
      expect(await rows()).toHaveLength(2);
      await table.changeAll([
        { ...deletion, etag: next },
        { kind: 'delete', row: other },
      ]);
      expect(await rows()).toEqual([]);
    });

    it('changes all of several rows, and tells the version of the first', async () => {
      const etag = await insert({ ...address, count: 1 });
      const next = await table.changeAll([
        { kind: 'merge', row: { ...address, text: 'next' }, etag },
        { kind: 'upsert', row: other },
      ]);
      expect(await table.get(address)).toMatchObject({ count: 1, text: 'next', etag: next });
      expect(await table.get(other)).toBeDefined();
    });

    it('lists a range of a partition in order, over pages', async () => {
      const keys = Array.from({ length: 1100 }, (_, n) => `r${String(n).padStart(4, '0')}`);
      for (let start = 0; start < keys.length; start += 100) {
        const some = keys.slice(start, start + 100);
        const changes = some.map(
          (rowKey): Change => ({ kind: 'insert', row: { ...address, rowKey } }),
        );
        await table.changeAll(changes.toReversed());
      }
      await insert({ partitionKey: 'q', rowKey: 'r0500' });
      const pages: string[][] = [];
      const range = { partitionKey: 'p', from: 'r0010', to: 'r1090' };
      for await (const page of table.query(range, [])) pages.push(page.map(({ rowKey }) => rowKey));
      expect(pages.length).toBeGreaterThan(1);
      expect(pages.flat()).toEqual(keys.slice(10, 1090));
    });

    it('lists the partitions before a key', async () => {
      for (const partitionKey of ['a', 'b', 'c']) {
        await insert({ partitionKey, rowKey: 'r' });
      }
      const partitionsOf = async (range: Parameters<Table['query']>[0]) => {
        const found: string[] = [];
        for await (const page of table.query(range, [])) {
          found.push(...page.map(({ partitionKey }) => partitionKey));
        }
        return found;
      };
      expect(await partitionsOf({ before: 'c' })).toEqual(['a', 'b']);
    });
  });
}
