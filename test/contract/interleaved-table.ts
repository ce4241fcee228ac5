import type { Table } from '../../src/lib/storage/table.ts';

type Steps = (() => Promise<unknown>)[];

/** What happens just before the first calls of each kind. */
export type Interruptions = { [K in 'get' | 'change' | 'changeAll']?: Steps };

/** For a call that nothing comes before. */
export const nothing = async () => {};

/** A table to which other things happen: one step before each call of its kind, while there are any. */
export function interleavedTable(table: Table, steps: Interruptions): Table {
  const { get = [], change = [], changeAll = [] } = steps;
  return {
    ...table,
    async get(...call) {
      await get.shift()?.();
      return table.get(...call);
    },
    async change(each) {
      await change.shift()?.();
      return table.change(each);
    },
    async changeAll(changes) {
      await changeAll.shift()?.();
      return table.changeAll(changes);
    },
  };
}
