import * as v from 'valibot';
import type { Log, SessionKey, SessionRecord, SessionStore } from '../auth/ports.ts';
import { createSingleFlight } from '../auth/single-flight.ts';
import { logName, parseUserHash, userHash } from '../auth/user.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { ConflictError } from '../errors.ts';
import { parseObject } from '../json-object.ts';
import { dayOf } from './buckets.ts';
import { createSidIndex, hashOfSid } from './sid-index.ts';
import { ignoreGone } from './storage-error.ts';
import { assertSchema, time } from './stored-row.ts';
import { anyVersion, type RowAddress, type StoredRow, type Table } from './table.ts';

const schema = 1;

const sealedSession = v.object({
  oid: v.string(),
  tid: v.string(),
  name: v.optional(v.string()),
  username: v.optional(v.string()),
  flow: v.picklist(['code', 'device']),
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
  const sealAddress = (address: RowAddress) => ({ table: table.name, ...address, schema });

  async function openSession(
    row: StoredRow,
  ): Promise<v.InferOutput<typeof sealedSession> | undefined> {
    const { kid, session: bytes, partitionKey, rowKey } = row;
    if (typeof kid !== 'string' || !(bytes instanceof Uint8Array)) return undefined;
    const address = { ...sealAddress({ partitionKey, rowKey }), property: 'session' };
    const json = await sealer.open({ kid, bytes }, address);
    if (!json) return undefined;
    const session = v.safeParse(sealedSession, parseObject(Buffer.from(json).toString('utf8')));
    return session.success ? session.output : undefined;
  }

  /** What is sealed in a row, sealed with the newest key; nothing if it is. */
  async function resealed(address: RowAddress): Promise<{ kid?: string; session?: Buffer }> {
    const kid = (await table.get(address, ['kid']))?.['kid'];
    if (typeof kid !== 'string' || (await sealer.isCurrent(kid))) return {};
    const session = await openSession((await table.get(address)) ?? { ...address, etag: '' });
    if (!session) return {};
    const bytes = Buffer.from(JSON.stringify(session));
    const latest = await sealer.seal({ session: bytes }, sealAddress(address));
    return { kid: latest.kid, ...latest.sealed };
  }

  return {
    async create(key, session) {
      const address = addressOf(key);
      const { identity, flow, kind, createdAt, expiresAt, client, provider } = session;
      const sid = provider?.sid;
      const json = JSON.stringify({
        ...{ ...identity, flow, kind, createdAt, expiresAt, client, provider },
      });
      const { kid, sealed } = await sealer.seal(
        { session: Buffer.from(json) },
        sealAddress(address),
      );
      const row = {
        ...address,
        schema,
        kid,
        ...sealed,
        h: session.user,
        ...(sid !== undefined && { sidHash: hashOfSid(sid) }),
        lastSeenAt: new Date(session.lastSeenAt),
      };
      // First: a session that is not in the index could not be ended by it.
      if (sid !== undefined) await sids.add(sid, key);
      try {
        await table.change({ kind: 'insert', row });
      } catch (error) {
        // What is there may be our own insert, whose answer was lost: it has our nonce.
        const present = error instanceof ConflictError && (await table.get(address));
        if (present && sameBytes(present['session'], sealed.session)) return;
        if (sid !== undefined) await sids.remove(hashOfSid(sid), key).catch(() => undefined);
        throw error;
      }
    },

    async read(key): Promise<SessionRecord | undefined> {
      const row = await table.get(addressOf(key));
      if (!row) return undefined;
      assertSchema(row, schema);
      const opened = await openSession(row);
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
      };
    },

    // Any version will do: whoever writes last has seen the session last. One write does for all
    // requests that come at once.
    touch: (key, lastSeenAt) =>
      touching(key.hash, async () => {
        const address = addressOf(key);
        const row = { ...address, ...(await resealed(address)), lastSeenAt: new Date(lastSeenAt) };
        await ignoreGone(table.change({ kind: 'merge', row, etag: anyVersion }));
      }),

    async remove(key) {
      const address = addressOf(key);
      const sidHash = (await table.get(address, ['sidHash']))?.['sidHash'];
      if (typeof sidHash === 'string') await sids.remove(sidHash, key);
      await ignoreGone(table.change({ kind: 'delete', row: address }));
    },

    ofProviderSession: sids.find,

    removeSidsBefore: sids.removeBefore,

    async *expired(now) {
      for await (const rows of table.query({ before: dayOf(now) }, ['h'])) {
        yield rows.map(({ partitionKey, rowKey, h }) => ({
          user: parseUserHash(h),
          key: { day: partitionKey.slice(0, 10), hash: rowKey },
        }));
      }
    },
  };
}

function sameBytes(stored: unknown, bytes: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.from(stored).equals(bytes);
}

function addressOf({ day, hash }: SessionKey): RowAddress {
  return { partitionKey: `${day}-${hash.slice(0, 1)}`, rowKey: hash };
}
