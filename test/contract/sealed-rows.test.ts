import { expect, it } from 'vitest';
import { countSealedRows } from '../../src/lib/storage/sealed-rows.ts';
import { newTable, useAzurite } from '../support/storage.ts';

const connection = useAzurite();

it('rows are counted by the key that sealed them, over all tables and partitions', async () => {
  const tables = [newTable(connection()), newTable(connection())];
  for (const [index, table] of tables.entries()) {
    for (let n = 0; n < 6; n++) {
      const address = { partitionKey: `p${n % 3}`, rowKey: `r${n}` };
      const kid = n < 2 ? '2026-01-01' : "it's";
      await table.change({ kind: 'insert', row: { ...address, kid } });
    }
    await table.change({ kind: 'insert', row: { partitionKey: 'p', rowKey: `${index}` } });
  }
  expect(await countSealedRows(tables, '2026-01-01')).toBe(4);
  expect(await countSealedRows(tables, "it's")).toBe(8);
  expect(await countSealedRows(tables, '2026-01-02')).toBe(0);
  expect(await countSealedRows([newTable(connection())], '2026-01-01')).toBe(0);
});
