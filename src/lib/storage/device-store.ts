import * as v from 'valibot';
import type { DeviceKey, DeviceStore } from '../auth/device/ports.ts';
import type { Log } from '../auth/ports.ts';
import { hourOf } from '../basics/time-text.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { ConflictError } from '../errors.ts';
import { deleteBefore } from './buckets.ts';
import type { RowAddress } from './row.ts';
import { anyVersion } from './row.ts';
import { sealedColumn } from './sealed-column.ts';
import { ignoreGone } from './storage-error.ts';
import { assertSchema, time } from './stored-row.ts';
import type { Table } from './table.ts';

const schema = 1;

const sealedRequest = v.object({
  authorization: v.object({
    deviceCode: v.string(),
    userCode: v.string(),
    verificationUri: v.string(),
    expiresIn: v.number(),
    interval: v.number(),
  }),
  scopes: v.array(v.string()),
});

/**
 * Device sign-ins in the table `devices`, in partitions by the hour in which their codes lapse, so
 * that old ones can be deleted a partition at a time. The codes are sealed, and gone once a sign-in
 * has ended.
 */
export function createDeviceStore({
  table,
  sealer,
  log,
}: {
  table: Table;
  sealer: Sealer;
  log: Log;
}): DeviceStore {
  const sealed = sealedColumn({ table, sealer }, { name: 'request', schema, shape: sealedRequest });

  return {
    async create(key, { authorization, scopes, expiresAt, intervalMs, pollAfter }) {
      const address = addressOf(key);
      const columns = await sealed.seal(address, { authorization, scopes });
      const times = { expiresAt: new Date(expiresAt), pollAfter: new Date(pollAfter) };
      const row = { ...address, schema, ...columns, ...times, intervalMs };
      try {
        await table.change({ kind: 'insert', row });
      } catch (error) {
        // The key is new: what is there is our own insert, whose answer was lost.
        if (!(error instanceof ConflictError)) throw error;
      }
    },

    async read(key) {
      const row = await table.get(addressOf(key));
      if (!row) return undefined;
      assertSchema(row, schema);
      if (row['ended'] === true) return { state: 'ended', version: row.etag };
      const request = await sealed.open(row);
      const { intervalMs } = row;
      if (!request || typeof intervalMs !== 'number') {
        log.error('undecryptable', { table: table.name });
        return undefined;
      }
      return {
        ...{ state: 'pending', ...request, intervalMs, version: row.etag },
        ...{ expiresAt: time(row['expiresAt']), pollAfter: time(row['pollAfter']) },
      };
    },

    async schedule(key, version, { pollAfter, intervalMs }) {
      const row = { ...addressOf(key), pollAfter: new Date(pollAfter), intervalMs };
      return table.change({ kind: 'merge', row, etag: version });
    },

    async end(key) {
      const row = { ...addressOf(key), schema, ended: true };
      await ignoreGone(table.change({ kind: 'replace', row, etag: anyVersion }));
    },

    removeBefore: (before) => deleteBefore(table, hourOf(before)),
  };
}

function addressOf({ hour, hash }: DeviceKey): RowAddress {
  return { partitionKey: `${hour}-${hash.slice(0, 1)}`, rowKey: hash };
}
