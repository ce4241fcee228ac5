import { beforeEach, describe, expect, it } from 'vitest';
import { dayOf, hourOf } from '../../src/lib/basics/time-text.ts';
import { deleteBefore, deleteRows } from '../../src/lib/storage/buckets.ts';
import type { RowAddress } from '../../src/lib/storage/row.ts';
import type { Table } from '../../src/lib/storage/table.ts';
import { days, startTime } from '../support/clock.ts';
import { newTable, rowsBetween, useAzurite } from '../support/storage.ts';
import { interleavedTable, nothing } from './interleaved-table.ts';

const connection = useAzurite();
const today = dayOf(startTime);

let table: Table;

beforeEach(() => {
  table = newTable(connection());
});

/** Puts so many rows into a partition. */
async function fill(partitionKey: string, count: number): Promise<RowAddress[]> {
  const rows = Array.from({ length: count }, (_, n) => ({
    partitionKey,
    rowKey: `${n}`.padStart(4, '0'),
  }));
  for (let start = 0; start < count; start += 100) {
    const some = rows.slice(start, start + 100);
    await table.changeAll(some.map((row) => ({ kind: 'insert', row })));
  }
  return rows;
}

async function countIn(partitionKey: string): Promise<number> {
  return (await rowsBetween(table, { partitionKey })).length;
}

/** The transactions of a table, each by how many changes it has. */
function counting(inner: Table): { table: Table; transactions: number[] } {
  const transactions: number[] = [];
  const counted: Table = {
    ...inner,
    changeAll(changes) {
      transactions.push(changes.length);
      return inner.changeAll(changes);
    },
  };
  return { table: counted, transactions };
}

describe('buckets', () => {
  it('are named by the UTC day and hour', () => {
    expect(dayOf(Date.UTC(2026, 2, 14) - 1)).toBe('2026-03-13');
    expect(dayOf(Date.UTC(2026, 2, 14))).toBe('2026-03-14');
    expect(hourOf(Date.UTC(2026, 2, 14, 9) - 1)).toBe('2026-03-14T08');
    expect(hourOf(Date.UTC(2026, 2, 14, 9))).toBe('2026-03-14T09');
  });

  it('go when they are before a day, each whole, and the others stay', async () => {
    const yesterday = dayOf(startTime - days);
    await fill(`${yesterday}-0`, 250);
    await fill(`${yesterday}-f`, 3);
    await fill(`${dayOf(startTime - 400 * days)}-7`, 101);
    await fill(`${today}-0`, 2);
    await fill(`${dayOf(startTime + days)}-0`, 1);
    expect(await deleteBefore(table, today)).toBe(354);
    expect(await countIn(`${yesterday}-0`)).toBe(0);
    expect(await countIn(`${today}-0`)).toBe(2);
    expect(await countIn(`${dayOf(startTime + days)}-0`)).toBe(1);
    expect(await deleteBefore(table, today)).toBe(0);
  });

  it('of more rows than a page go whole', async () => {
    await fill('2026-03-12-0', 700);
    await fill('2026-03-13-0', 700);
    expect(await deleteBefore(table, today)).toBe(1400);
    expect(await deleteBefore(table, today)).toBe(0);
  });

  it('go in as few transactions as Azure allows', async () => {
    await fill('2026-03-12-0', 250);
    const { table: counted, transactions } = counting(table);
    await deleteBefore(counted, today);
    expect(transactions).toEqual([100, 100, 50]);
  });

  it('are none in a table that is new', async () => {
    expect(await deleteBefore(table, today)).toBe(0);
  });

  it('go whole though some of their rows vanish meanwhile', async () => {
    const rows = await fill('2026-03-13-0', 250);
    await fill('2026-03-13-1', 5);
    const vanish = (which: RowAddress[]) => async () => deleteRows(table, which);
    const busy = interleavedTable(table, {
      changeAll: [vanish(rows.slice(0, 3)), nothing, vanish(rows.slice(200))],
    });
    expect(await deleteBefore(busy, today)).toBe(255);
    expect(await countIn('2026-03-13-0')).toBe(0);
    expect(await countIn('2026-03-13-1')).toBe(0);
  });

  it('of which a row can’t be deleted are not taken for gone', async () => {
    await fill('2026-03-13-0', 2);
    const failing = interleavedTable(table, {
      changeAll: [() => Promise.reject(new Error('down'))],
    });
    await expect(deleteBefore(failing, today)).rejects.toThrow('down');
    expect(await countIn('2026-03-13-0')).toBe(2);
  });
});

describe('rows of one partition', () => {
  it('that are none need no transaction', async () => {
    const { table: counted, transactions } = counting(table);
    await deleteRows(counted, []);
    expect(transactions).toEqual([]);
  });

  it('that are gone already are as good as deleted', async () => {
    const rows = await fill('p', 3);
    await deleteRows(table, rows);
    await deleteRows(table, rows);
    expect(await countIn('p')).toBe(0);
  });
});
