import type { TokenStore } from '../auth/ports.ts';
import { isStale } from '../auth/refresh/due-mark.ts';
import { ignoreGone } from './storage-error.ts';
import type { Table } from './table.ts';
import { markAddress, markColumns, markRange, markRow, parseMark } from './token-marks.ts';

/** What a token store does with marks alone. */
export function createMarkStore(
  table: Table,
  readStatus: TokenStore['readStatus'],
): Pick<TokenStore, 'due' | 'dropStaleMark' | 'postponeMark'> {
  return {
    async *due(shard, state, upTo, exceptTenants) {
      const range = markRange(shard, state, { upTo, exceptTenants });
      for await (const rows of table.query(range, markColumns)) {
        yield rows.map(parseMark).filter((mark) => mark !== undefined);
      }
    },

    async dropStaleMark(mark) {
      if (!isStale(mark, await readStatus(mark.user, mark.flow))) return;
      await ignoreGone(table.change({ kind: 'delete', row: markAddress(mark) }));
    },

    async postponeMark(mark, until) {
      const address = markAddress(mark);
      const row = await table.get(address, markColumns);
      const present = row && parseMark(row);
      if (!present) return;
      const { postponed = 0 } = present;
      const next = { ...present, dueAt: until(postponed), postponed: postponed + 1 };
      const moved = table.changeAll([
        { kind: 'upsert', row: markRow(next) },
        { kind: 'delete', row: address },
      ]);
      // If another process moved the mark meanwhile, neither change is made.
      await ignoreGone(moved);
    },
  };
}
