import * as v from 'valibot';
import type { DeviceKey, DeviceStore } from '../auth/device/ports.ts';
import type { Log } from '../auth/ports.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { ConflictError } from '../errors.ts';
import { parseObject } from '../json-object.ts';
import { deleteBefore, hourOf } from './buckets.ts';
import { ignoreGone } from './storage-error.ts';
import { assertSchema, time } from './stored-row.ts';
import { anyVersion, type RowAddress, type StoredRow, type Table } from './table.ts';

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
  const sealAddress = (address: RowAddress) => ({ table: table.name, ...address, schema });

  async function openRequest(row: StoredRow) {
    const { kid, request: bytes, partitionKey, rowKey } = row;
    if (typeof kid !== 'string' || !(bytes instanceof Uint8Array)) return undefined;
    const address = { ...sealAddress({ partitionKey, rowKey }), property: 'request' };
    const json = await sealer.open({ kid, bytes }, address);
    const opened = json && parseObject(Buffer.from(json).toString('utf8'));
    const request = v.safeParse(sealedRequest, opened);
    return request.success ? request.output : undefined;
  }

  return {
    async create(key, { authorization, scopes, expiresAt, intervalMs, pollAfter }) {
      const address = addressOf(key);
      const json = JSON.stringify({ authorization, scopes });
      const { kid, sealed } = await sealer.seal(
        { request: Buffer.from(json) },
        sealAddress(address),
      );
      const times = { expiresAt: new Date(expiresAt), pollAfter: new Date(pollAfter) };
      const row = { ...address, schema, kid, ...sealed, ...times, intervalMs };
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
      const request = await openRequest(row);
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
