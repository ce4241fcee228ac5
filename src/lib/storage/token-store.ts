import type { DueMark, Log, SessionEntry, TokenRecord, TokenStore } from '../auth/ports.ts';
import { type Flow, parseUserHash, type UserHash } from '../auth/user.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { AppError, ConflictError, GoneError } from '../errors.ts';
import { ignoreGone } from './storage-error.ts';
import { time } from './stored-row.ts';
import type { Change, RowAddress, StoredRow, Table } from './table.ts';
import {
  accessTokenColumns,
  cacheAddress,
  leaseColumns,
  openAccessToken,
  openRecord,
  readStatus,
  shardOf,
  shards,
  statusColumns,
  toRow,
} from './token-rows.ts';

const maxAttempts = 5;
/** Above every character that a key here holds. */
const end = '~';

/**
 * Users' tokens in the table `tokens`. A user's rows share a partition:
 *
 * - `c|h|<flow>`: the sealed cache and access token
 * - `d|<due time>|h|<flow>`: the due mark, nothing but its key
 * - `s|h|<session hash>`: the user's sessions
 */
export function createTokenStore({
  table,
  sealer,
  log,
}: {
  table: Table;
  sealer: Sealer;
  log: Log;
}): TokenStore {
  /** The changes that put a record in place of an earlier one and move its due mark. */
  async function changesTo(record: TokenRecord, previous: Previous | undefined): Promise<Change[]> {
    const row = await toRow(sealer, record);
    const oldMark = previous && !previous.markMissing && markAddress(record, previous.dueAt);
    const newMark = markAddress(record, record.dueAt);
    const moved = oldMark && oldMark.rowKey !== newMark.rowKey;
    return [
      previous ? { kind: 'replace', row, etag: previous.version } : { kind: 'insert', row },
      ...(moved ? [{ kind: 'delete', row: oldMark } as const] : []),
      { kind: 'upsert', row: newMark },
    ];
  }

  /** The record's version and due time as they are now, whether or not it can be opened. */
  async function findPrevious(user: UserHash, flow: Flow): Promise<Previous | undefined> {
    const row = await table.get(cacheAddress(user, flow), statusColumns);
    if (!row) return undefined;
    return { version: row.etag, dueAt: readStatus(row, user, flow).dueAt };
  }

  /** @throws GoneError if an earlier record is no longer there. */
  async function put(
    record: TokenRecord,
    previous: Previous | undefined,
    more: readonly Change[] = [],
  ): Promise<string> {
    try {
      return await table.changeAll([...(await changesTo(record, previous)), ...more]);
    } catch (error) {
      // Either the record is gone, or, by someone's hand, only its mark: without that it shows.
      if (!previous || !(error instanceof GoneError)) throw error;
      const changes = await changesTo(record, { ...previous, markMissing: true });
      return table.changeAll([...changes, ...more]);
    }
  }

  /** @returns whether the user's tokens were deleted. */
  async function applySignOut(
    user: UserHash,
    hashes: readonly string[],
    now: number,
  ): Promise<boolean> {
    // The caches are read first: a sign-in after that changes them, and then nothing is deleted.
    const caches = await rowsOf(user, 'c', ['dueAt']);
    // Ours goes before the others are looked at: of sessions that end at once, the last sees none.
    await deleteRows(hashes.map((hash) => sessionAddress(user, hash)));
    const sessions = await rowsOf(user, 's', ['expiresAt']);
    if (sessions.some((row) => time(row['expiresAt']) > now)) return false;
    for (const row of caches) await ignoreGone(table.deleteVersion(addressOf(row), row.etag));
    await deleteRows([...caches.map((row) => markOf(user, row)), ...sessions.map(addressOf)]);
    return true;
  }

  async function rowsOf(user: UserHash, kind: 'c' | 's', select: string[]): Promise<StoredRow[]> {
    const range = {
      partitionKey: shardOf(user),
      from: `${kind}|${user}|`,
      to: `${kind}|${user}|${end}`,
    };
    const rows: StoredRow[] = [];
    for await (const page of table.query(range, select)) rows.push(...page);
    return rows;
  }

  async function deleteRows(rows: RowAddress[]): Promise<void> {
    await Promise.all(rows.map((row) => ignoreGone(table.change({ kind: 'delete', row }))));
  }

  return {
    shards,

    async read(user, flow) {
      const row = await table.get(cacheAddress(user, flow));
      return row && openRecord(sealer, row, readStatus(row, user, flow), log);
    },

    async readAccessToken(user, flow) {
      const row = await table.get(cacheAddress(user, flow), accessTokenColumns);
      return row && openAccessToken(sealer, row, readStatus(row, user, flow), log);
    },

    async signIn(record, session) {
      const listed: Change = { kind: 'upsert', row: sessionRow(record.user, session) };
      await retryConflicts(async () =>
        put(record, await findPrevious(record.user, record.flow), [listed]),
      );
    },

    update: (previous, next) => put(next, previous),

    lease: ({ user, flow, version }, lease) =>
      table.change({
        kind: 'merge',
        row: { ...cacheAddress(user, flow), ...leaseColumns(lease) },
        etag: version,
      }),

    signOut: (user, hashes, now) => retryConflicts(() => applySignOut(user, hashes, now)),

    async sessionsOf(user) {
      const rows = await rowsOf(user, 's', ['createdAt', 'expiresAt']);
      return rows.map((row) => ({
        hash: row.rowKey.split('|')[2] ?? '',
        createdAt: time(row['createdAt']),
        expiresAt: time(row['expiresAt']),
      }));
    },

    async *due(shard, upTo) {
      const range = {
        partitionKey: shard,
        from: 'd|',
        to: `d|${new Date(upTo).toISOString()}|${end}`,
      };
      for await (const rows of table.query(range, [])) {
        yield rows.map((row) => parseMark(row.rowKey)).filter((mark) => mark !== undefined);
      }
    },

    async dropStaleMark(mark) {
      const record = await findPrevious(mark.user, mark.flow);
      if (record?.dueAt === mark.dueAt) return;
      await ignoreGone(table.change({ kind: 'delete', row: markAddress(mark, mark.dueAt) }));
    },
  };
}

interface Previous {
  version: string;
  dueAt: number;
  /** There is no due mark to delete. */
  markMissing?: boolean;
}

function markAddress(key: { user: UserHash; flow: Flow }, dueAt: number): RowAddress {
  const rowKey = `d|${new Date(dueAt).toISOString()}|${key.user}|${key.flow}`;
  return { partitionKey: shardOf(key.user), rowKey };
}

/** The due mark of a cache row, whether or not that can be opened. */
function markOf(user: UserHash, row: StoredRow): RowAddress {
  const flow = row.rowKey.split('|')[2] === 'device' ? 'device' : 'code';
  return markAddress({ user, flow }, readStatus(row, user, flow).dueAt);
}

function addressOf({ partitionKey, rowKey }: StoredRow): RowAddress {
  return { partitionKey, rowKey };
}

function parseMark(rowKey: string): DueMark | undefined {
  const [, at, hash, flow] = rowKey.split('|');
  const user = parseUserHash(hash);
  const dueAt = Date.parse(at ?? '');
  if (!user || Number.isNaN(dueAt) || (flow !== 'code' && flow !== 'device')) return undefined;
  return { user, flow, dueAt };
}

function sessionAddress(user: UserHash, hash: string): RowAddress {
  return { partitionKey: shardOf(user), rowKey: `s|${user}|${hash}` };
}

function sessionRow(user: UserHash, session: SessionEntry) {
  const { createdAt, expiresAt } = session;
  const address = sessionAddress(user, session.hash);
  return { ...address, createdAt: new Date(createdAt), expiresAt: new Date(expiresAt) };
}

/** Runs an operation that reads before it writes again if a row changed in between. */
async function retryConflicts<T>(operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof ConflictError || error instanceof GoneError)) throw error;
    }
  }
  throw new AppError('temporarily_unavailable', {
    detail: 'Too many changes at once for this user. Try again.',
  });
}
