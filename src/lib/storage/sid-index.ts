import { createHash } from 'node:crypto';
import type { SessionKey } from '../auth/ports.ts';
import { dayOf, deleteBefore } from './buckets.ts';
import type { RowAddress } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import type { Table } from './table.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** Partitions that are asked at once. */
const atOnce = 16;

/**
 * Which sessions came from a session of the identity provider, in the table `sids`: nothing but keys,
 * in partitions by the day of the session's expiry, `<SHA-256 of sid>|<session hash>`.
 */
export function createSidIndex(table: Table) {
  return {
    async add(sid: string, key: SessionKey): Promise<void> {
      await table.change({ kind: 'upsert', row: addressOf(hashOfSid(sid), key) });
    },

    async remove(sidHash: string, key: SessionKey): Promise<void> {
      await ignoreGone(table.change({ kind: 'delete', row: addressOf(sidHash, key) }));
    },

    /** Looks into each day in which such a session may end. */
    async find(sid: string, from: number, to: number): Promise<SessionKey[]> {
      const sidHash = hashOfSid(sid);
      const days: string[] = [];
      for (let time = from; dayOf(time) <= dayOf(to); time += dayMs) days.push(dayOf(time));
      const found: SessionKey[] = [];
      for (let start = 0; start < days.length; start += atOnce) {
        const some = days.slice(start, start + atOnce);
        found.push(...(await Promise.all(some.map((day) => findIn(day, sidHash)))).flat());
      }
      return found;
    },

    removeBefore: (time: number) => deleteBefore(table, dayOf(time)),
  };

  async function findIn(day: string, sidHash: string): Promise<SessionKey[]> {
    const { partitionKey } = addressOf(sidHash, { day, hash: '' });
    const range = { partitionKey, from: `${sidHash}|`, to: `${sidHash}|~` };
    const keys: SessionKey[] = [];
    for await (const rows of table.query(range, [])) {
      keys.push(...rows.map(({ rowKey }) => ({ day, hash: rowKey.split('|')[1] ?? '' })));
    }
    return keys;
  }
}

export function hashOfSid(sid: string): string {
  return createHash('sha256').update(sid).digest('hex');
}

function addressOf(sidHash: string, { day, hash }: SessionKey): RowAddress {
  return { partitionKey: `${day}-${sidHash.slice(0, 1)}`, rowKey: `${sidHash}|${hash}` };
}
