import type { KeyStore, WrappedKey } from '../crypto/keyring.ts';
import { ConflictError } from '../errors.ts';
import type { StoredRow } from './row.ts';
import { anyVersion } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import { time } from './stored-row.ts';
import type { Table } from './table.ts';

const partitionKey = 'data';
const schema = 1;
const lease = { partitionKey: 'lease', rowKey: 'rotation' };

/** Wrapped data keys in the table `keys`; RowKey = kid. Beside them who looks after them, until when. */
export function createKeyStore(table: Table): KeyStore {
  async function rows(): Promise<StoredRow[]> {
    const found: StoredRow[] = [];
    const range = { partitionKey, from: '', to: '~' };
    for await (const page of table.query(range, ['wrapped', 'wrappedBy', 'rows'])) {
      found.push(...page);
    }
    return found;
  }

  return {
    async list() {
      return (await rows()).map(toKey).filter((key) => key !== undefined);
    },

    async add({ kid, wrapped, wrappedBy }) {
      const row = { partitionKey, rowKey: kid, schema, kid, wrapped, wrappedBy };
      await table.change({ kind: 'insert', row });
    },

    async remove(kid) {
      await ignoreGone(table.change({ kind: 'delete', row: { partitionKey, rowKey: kid } }));
    },

    async noteRows(kid, count) {
      const row = { partitionKey, rowKey: kid, rows: count };
      await ignoreGone(table.change({ kind: 'merge', row, etag: anyVersion }));
    },

    async old() {
      const all = await rows();
      return all.slice(0, -1).map(({ rowKey, rows: count }) => ({
        kid: rowKey,
        rows: typeof count === 'number' ? count : undefined,
      }));
    },

    async extendLease(until) {
      await table.change({ kind: 'upsert', row: { ...lease, until: new Date(until) } });
    },

    async lease(now, until) {
      const present = await table.get(lease);
      if (present && time(present['until']) > now) return false;
      const row = { ...lease, until: new Date(until) };
      try {
        await table.change(
          present ? { kind: 'replace', row, etag: present.etag } : { kind: 'insert', row },
        );
        return true;
      } catch (error) {
        if (error instanceof ConflictError) return false;
        throw error;
      }
    },
  };
}

function toKey(row: StoredRow): WrappedKey | undefined {
  const { rowKey: kid, wrapped, wrappedBy } = row;
  if (!(wrapped instanceof Uint8Array) || typeof wrappedBy !== 'string') return undefined;
  return { kid, wrapped, wrappedBy };
}
