import type { KeyStore, WrappedKey } from '../crypto/keyring.ts';
import type { StoredRow, Table } from './table.ts';

const partitionKey = 'data';
const schema = 1;

/** Wrapped data keys in the table `keys`; RowKey = kid. */
export function createKeyStore(table: Table): KeyStore {
  return {
    async list() {
      const keys: WrappedKey[] = [];
      const range = { partitionKey, from: '', to: '~' };
      for await (const rows of table.query(range, ['wrapped', 'wrappedBy'])) {
        keys.push(...rows.map(toKey).filter((key) => key !== undefined));
      }
      return keys;
    },
    async add({ kid, wrapped, wrappedBy }) {
      const row = { partitionKey, rowKey: kid, schema, kid, wrapped, wrappedBy };
      await table.change({ kind: 'insert', row });
    },
  };
}

function toKey(row: StoredRow): WrappedKey | undefined {
  const { rowKey: kid, wrapped, wrappedBy } = row;
  if (!(wrapped instanceof Uint8Array) || typeof wrappedBy !== 'string') return undefined;
  return { kid, wrapped, wrappedBy };
}
