import type { KeyStore, StoredKey } from '../crypto/key-store.ts';
import { ConflictError } from '../errors.ts';
import type { StoredRow } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import { time } from './stored-row.ts';
import type { Table } from './table.ts';

const partitionKey = 'data';
const schema = 1;
const lease = { partitionKey: 'lease', rowKey: 'rewrap' };

/** Wrapped data keys in the table `keys`, under their names, and the lease on rewrapping them. */
export function createKeyStore(table: Table): KeyStore {
  return {
    async list() {
      const found: StoredRow[] = [];
      const range = { partitionKey, from: '', to: '~' };
      for await (const page of table.query(range, ['wrapped', 'wrappedBy'])) found.push(...page);
      return found.map(toKey).filter((key) => key !== undefined);
    },

    async add({ kid, wrapped, wrappedBy }) {
      const row = { partitionKey, rowKey: kid, schema, kid, wrapped, wrappedBy };
      await table.change({ kind: 'insert', row });
    },

    async rewrap({ kid, wrapped, wrappedBy, etag }) {
      const row = { partitionKey, rowKey: kid, wrapped, wrappedBy };
      await table.change({ kind: 'merge', row, etag });
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

    async release() {
      await ignoreGone(table.change({ kind: 'delete', row: lease }));
    },
  };
}

function toKey({ rowKey: kid, wrapped, wrappedBy, etag }: StoredRow): StoredKey | undefined {
  if (!(wrapped instanceof Uint8Array) || typeof wrappedBy !== 'string') return undefined;
  return { kid, wrapped, wrappedBy, etag };
}
