import type { HeartbeatStore } from '../auth/ports.ts';
import type { Table } from './table.ts';

const address = { partitionKey: 'refresh', rowKey: 'sweep' };

/** The last sweep's figures in the table `heartbeats`. */
export function createHeartbeatStore(table: Table): HeartbeatStore {
  return {
    async write({ at, due, enqueued, durationMs }) {
      const row = { ...address, at: new Date(at), due, enqueued, durationMs };
      await table.change({ kind: 'upsert', row });
    },
    async read() {
      const row = await table.get(address);
      if (!row || !(row['at'] instanceof Date)) return undefined;
      return {
        at: row['at'].getTime(),
        due: Number(row['due']),
        enqueued: Number(row['enqueued']),
        durationMs: Number(row['durationMs']),
      };
    },
  };
}
