import type { FoundSession, SessionKey, SessionPlace } from '../auth/session/ports.ts';
import { parseUserHash, type UserHash } from '../auth/user.ts';
import { applyEach } from './buckets.ts';
import type { Change, RowAddress } from './row.ts';
import type { Table } from './table.ts';

/**
 * Which sessions came from a session of the identity provider, in the table `sids`: a partition for
 * each `sid`, named by its SHA-256, and in it a row for each session, `<day of expiry>|<session hash>`.
 */
export function createSidIndex(table: Table) {
  return {
    async add(sidHash: string, key: SessionKey, user: UserHash): Promise<void> {
      await table.change({ kind: 'upsert', row: { ...addressOf(sidHash, key), h: user } });
    },

    async remove(sessions: readonly SessionPlace[]): Promise<void> {
      const deletions = sessions.flatMap(({ sidHash, key }): Change[] =>
        sidHash === undefined ? [] : [{ kind: 'delete', row: addressOf(sidHash, key) }],
      );
      await applyEach(table, deletions);
    },

    async find(sidHash: string): Promise<FoundSession[]> {
      const found: FoundSession[] = [];
      for await (const rows of table.query({ partitionKey: sidHash, from: '', to: '~' }, ['h'])) {
        for (const { rowKey, h } of rows) {
          const [day = '', hash = ''] = rowKey.split('|');
          found.push({ user: parseUserHash(h), key: { day, hash }, sidHash });
        }
      }
      return found;
    },
  };
}

function addressOf(sidHash: string, { day, hash }: SessionKey): RowAddress {
  return { partitionKey: sidHash, rowKey: `${day}|${hash}` };
}
