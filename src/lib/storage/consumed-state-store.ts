import { createHash, randomUUID } from 'node:crypto';
import type { ConsumedStateStore } from '../auth/session/ports.ts';
import { hourOf } from '../basics/time-text.ts';
import { ConflictError } from '../errors.ts';
import { deleteBefore } from './buckets.ts';
import type { Table } from './table.ts';

/**
 * Used states in the table `states`, in partitions by the hour of their authorization request, so
 * that old ones can be deleted a partition at a time. One insert consumes a state.
 */
export function createConsumedStateStore(table: Table): ConsumedStateStore {
  return {
    async consume(state, createdAt) {
      const rowKey = createHash('sha256').update(state).digest('hex');
      const address = { partitionKey: `${hourOf(createdAt)}-${rowKey.slice(0, 1)}`, rowKey };
      const consumer = randomUUID();
      try {
        await table.change({ kind: 'insert', row: { ...address, consumer } });
        return true;
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        // What is there may be our own insert, whose answer was lost.
        return (await table.get(address))?.['consumer'] === consumer;
      }
    },

    removeBefore: (time) => deleteBefore(table, hourOf(time)),
  };
}
