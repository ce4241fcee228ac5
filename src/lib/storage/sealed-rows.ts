import type { Table } from './table.ts';

/** Counted no further: it is a sign of life, and the tables may be large. */
const most = 10_000;

/** How many rows of some tables a data key opens: those that name it, up to a number. */
export async function countSealedRows(tables: readonly Table[], kid: string): Promise<number> {
  let count = 0;
  for (const table of tables) {
    for await (const rows of table.query({ column: 'kid', is: kid }, [])) {
      count += rows.length;
      if (count >= most) return most;
    }
  }
  return count;
}
