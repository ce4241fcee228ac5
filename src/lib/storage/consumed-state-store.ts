import { createHash } from 'node:crypto';
import type { ConsumedStateStore } from '../auth/ports.ts';
import { ConflictError } from '../errors.ts';
import type { Table } from './table.ts';

/**
 * Used states in the table `states`, in partitions by the hour of their authorization request, so
 * that old ones can be deleted a partition at a time. One insert consumes a state.
 */
export function createConsumedStateStore(table: Table): ConsumedStateStore {
  return {
    async consume(state, createdAt) {
      const rowKey = createHash('sha256').update(state).digest('hex');
      const hour = new Date(createdAt).toISOString().slice(0, 13);
      const row = { partitionKey: `${hour}-${rowKey.slice(0, 1)}`, rowKey };
      try {
        await table.change({ kind: 'insert', row });
        return true;
      } catch (error) {
        if (error instanceof ConflictError) return false;
        throw error;
      }
    },
  };
}
