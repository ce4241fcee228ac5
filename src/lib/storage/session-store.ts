import * as v from 'valibot';
import type { Log } from '../auth/ports.ts';
import {
  type Ending,
  endings,
  type SessionKey,
  type SessionRecord,
  type SessionStore,
} from '../auth/session/ports.ts';
import { createSingleFlight } from '../auth/tokens/single-flight.ts';
import { flows, hashOfSid, logName, parseUserHash, userHash } from '../auth/user.ts';
import { dayOf } from '../basics/time-text.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { ConflictError } from '../errors.ts';
import { applyEach, deleteRows } from './buckets.ts';
import { anyVersion, type Change, type RowAddress } from './row.ts';
import { sealedColumn } from './sealed-column.ts';
import { createSidIndex } from './sid-index.ts';
import { ignoreGone } from './storage-error.ts';
import { assertSchema, time } from './stored-row.ts';
import type { Table } from './table.ts';

const schema = 1;

const sealedSession = v.object({
  oid: v.string(),
  tid: v.string(),
  name: v.optional(v.string()),
  username: v.optional(v.string()),
  flow: v.picklist(flows),
  kind: v.picklist(['browser', 'device']),
  createdAt: v.number(),
  expiresAt: v.number(),
  provider: v.optional(
    v.object({ sid: v.optional(v.string()), loginHint: v.optional(v.string()) }),
  ),
  client: v.optional(
    v.object({ address: v.optional(v.string()), userAgent: v.optional(v.string()) }),
  ),
});

/**
 * Sessions in the table `sessions`, in partitions by day of absolute expiry, so that expired ones
 * can be deleted a partition at a time. Who a session is for is sealed: a row can't be forged.
 */
export function createSessionStore({
  table,
  sidTable,
  sealer,
  log,
}: {
  table: Table;
  /** Which sessions came from one of the identity provider's. */
  sidTable: Table;
  sealer: Sealer;
  log: Log;
}): SessionStore {
  const touching = createSingleFlight<void>();
  const sids = createSidIndex(sidTable);
  const sealed = sealedColumn({ table, sealer }, { name: 'session', schema, shape: sealedSession });

  /** The columns of a row that another key has sealed, sealed with the one that seals now. */
  async function resealed(address: RowAddress): Promise<{ kid?: string; session?: Uint8Array }> {
    const kid = (await table.get(address, ['kid']))?.['kid'];
    if (typeof kid !== 'string' || (await sealer.isCurrent(kid))) return {};
    const row = await table.get(address);
    const session = row && (await sealed.open(row));
    return session ? sealed.seal(address, session) : {};
  }

  return {
    async create(key, session) {
      const address = addressOf(key);
      const { identity, flow, kind, createdAt, expiresAt, client, provider } = session;
      const sidHash = provider?.sid === undefined ? undefined : hashOfSid(provider.sid);
      const columns = await sealed.seal(address, {
        ...{ ...identity, flow, kind, createdAt, expiresAt, client, provider },
      });
      const row = {
        ...address,
        schema,
        ...columns,
        h: session.user,
        ...(sidHash !== undefined && { sidHash }),
        lastSeenAt: new Date(session.lastSeenAt),
      };
      try {
        await table.change({ kind: 'insert', row });
      } catch (error) {
        // What is there may be our own insert, whose answer was lost: it has our nonce.
        const present = error instanceof ConflictError && (await table.get(address));
        if (!present || !sameBytes(present['session'], columns.session)) throw error;
      }
      // Last: an entry without a session would be on no list of what is to be deleted.
      if (sidHash !== undefined) await sids.add(sidHash, key, session.user);
    },

    async read(key): Promise<SessionRecord | undefined> {
      const row = await table.get(addressOf(key));
      if (!row) return undefined;
      assertSchema(row, schema);
      const opened = await sealed.open(row);
      if (!opened) {
        const user = parseUserHash(row['h']);
        log.error('undecryptable', { table: table.name, ...(user && { user: logName(user) }) });
        return undefined;
      }
      const { oid, tid, name, username, client, provider, ...session } = opened;
      const identity = { oid, tid, name, username };
      return {
        ...session,
        client: client && { address: client.address, userAgent: client.userAgent },
        provider: provider && { sid: provider.sid, loginHint: provider.loginHint },
        identity,
        user: userHash(identity),
        lastSeenAt: time(row['lastSeenAt']),
        ...(row['ending'] !== undefined && { ending: parseEnding(row['ending']) }),
      };
    },

    // Any version will do: whoever writes last has seen the session last, and an end stays. One write
    // does for all requests that come at once.
    touch: (key, lastSeenAt) =>
      touching(key.hash, async () => {
        const address = addressOf(key);
        const row = { ...address, ...(await resealed(address)), lastSeenAt: new Date(lastSeenAt) };
        await ignoreGone(table.change({ kind: 'merge', row, etag: anyVersion }));
      }),

    async end(keys, ending) {
      const endOne = (key: SessionKey): Change => ({
        kind: 'merge',
        row: { ...addressOf(key), ending },
        etag: anyVersion,
      });
      await applyEach(table, keys.map(endOne));
    },

    async remove(sessions) {
      await sids.remove(sessions);
      await deleteRows(
        table,
        sessions.map(({ key }) => addressOf(key)),
      );
    },

    ofProviderSession: sids.find,

    async *expired(now) {
      for await (const rows of table.query({ before: dayOf(now) }, ['h', 'sidHash'])) {
        yield rows.map(({ partitionKey, rowKey, h, sidHash }) => ({
          user: parseUserHash(h),
          key: { day: partitionKey.slice(0, 10), hash: rowKey },
          sidHash: typeof sidHash === 'string' ? sidHash : undefined,
        }));
      }
    },
  };
}

/** Whatever else is in that column, the session has ended. */
function parseEnding(value: unknown): Ending {
  return endings.find((ending) => ending === value) ?? 'session';
}

function sameBytes(stored: unknown, bytes: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.from(stored).equals(bytes);
}

function addressOf({ day, hash }: SessionKey): RowAddress {
  return { partitionKey: `${day}-${hash.slice(0, 1)}`, rowKey: hash };
}
