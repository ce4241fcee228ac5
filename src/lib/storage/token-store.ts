import { setTimeout as sleepFor } from 'node:timers/promises';
import type {
  Log,
  StatusChange,
  TokenRecord,
  TokenStatus,
  TokenStore,
  Versioned,
} from '../auth/ports.ts';
import type { Flow, UserHash } from '../auth/user.ts';
import { mapBounded } from '../basics/lists.ts';
import type { Sealer } from '../crypto/sealer.ts';
import { GoneError } from '../errors.ts';
import { deleteRows } from './buckets.ts';
import { listedAddress, listedColumns, listedRow, readListed } from './listed-sessions.ts';
import { createMarkStore } from './mark-store.ts';
import { retryConflicts } from './retry-conflicts.ts';
import type { Change, StoredRow } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import { time } from './stored-row.ts';
import type { Table } from './table.ts';
import { markAddress, markRow, moveMark } from './token-marks.ts';
import {
  accessTokenColumns,
  cacheAddress,
  changedColumns,
  findRecord,
  openAccessToken,
  openRecord,
  readStatus,
  recordColumns,
  shardOf,
  shards,
  statusColumns,
  toRow,
} from './token-rows.ts';

/** Above every character that a key here holds. */
const end = '~';

/**
 * Users' tokens in the table `tokens`. A user's rows share a partition:
 *
 * - `c|h|<flow>`: the sealed cache and access token, each over several columns if it is large
 * - `d|<due time>|h|<flow>`: the due mark, with its tenant; `e|...` once the sign-in has ended
 * - `s|h|<session hash>`: the user's sessions
 */
export function createTokenStore({
  table,
  sealer,
  log,
  sleep = (ms) => sleepFor(ms),
}: {
  table: Table;
  sealer: Sealer;
  log: Log;
  /** Waits before a further attempt. */
  sleep?: (ms: number) => Promise<void>;
}): TokenStore {
  /** The changes that put a record in place of an earlier one and move its due mark. */
  async function changesTo(record: TokenRecord, previous: Previous | undefined): Promise<Change[]> {
    const row = await toRow(sealer, record);
    return previous
      ? [{ kind: 'replace', row, etag: previous.version }, ...moveMark(previous, record)]
      : [
          { kind: 'insert', row },
          { kind: 'upsert', row: markRow(record) },
        ];
  }

  /** The status as it is now, whether or not the record can be opened. */
  async function findStatus(user: UserHash, flow: Flow): Promise<Previous | undefined> {
    const row = await table.get(cacheAddress(user, flow), statusColumns);
    return row && { ...readStatus(row, user, flow), version: row.etag };
  }

  /**
   * Changes a record's rows, where its mark is among those deleted, and is all that may be missing.
   *
   * @throws GoneError if the record is no longer there.
   */
  async function changeRows(changes: readonly Change[]): Promise<string> {
    try {
      return await table.changeAll(changes);
    } catch (error) {
      // Either the record is gone, or only its mark, which was postponed: without that it shows.
      const others = changes.filter((change) => change.kind !== 'delete' || change.etag);
      if (!(error instanceof GoneError) || others.length === changes.length) throw error;
      return table.changeAll(others);
    }
  }

  /** @returns whether the user's tokens were deleted. */
  async function applySignOut(
    user: UserHash,
    hashes: readonly string[],
    { now, retainMs }: { now: number; retainMs: number },
  ): Promise<boolean> {
    // The caches are read first: a sign-in after that changes them, and then nothing is deleted.
    const rows = await rowsOf(user, 'c', statusColumns);
    const caches = rows.map((row) => ({ ...statusOf(user, row), version: row.etag }));
    // Ours goes before the others are looked at: of sessions that end at once, the last sees none.
    await deleteRows(
      table,
      hashes.map((hash) => listedAddress(user, hash)),
    );
    const sessions = await rowsOf(user, 's', ['expiresAt']);
    if (sessions.some((row) => time(row['expiresAt']) > now)) return false;
    // Tokens go last: by their mark the worker and the janitor find what a crash leaves here.
    await deleteRows(table, sessions);
    if (retainMs > 0) {
      for (const status of caches) await noteEnd(status, now, retainMs);
      return false;
    }
    if (caches.length > 0) await deleteRecords(caches);
    return caches.length > 0;
  }

  /** The last session has ended: from here on tokens are kept for as long as they are retained. */
  async function noteEnd(status: Previous, now: number, retainMs: number): Promise<void> {
    if (status.sessionsEndAt <= now) return;
    const dueAt = Math.min(status.dueAt, now + retainMs);
    await changeStatus(status, { sessionsEndAt: now, dueAt });
  }

  async function changeStatus(previous: Previous, change: StatusChange): Promise<string> {
    const row = { ...cacheAddress(previous.user, previous.flow), ...changedColumns(change) };
    const merge: Change = { kind: 'merge', row, etag: previous.version };
    const next = { ...previous, ...change };
    const isMoved = next.dueAt !== previous.dueAt || next.state !== previous.state;
    return isMoved ? changeRows([merge, ...moveMark(previous, next)]) : table.change(merge);
  }

  /** Deletes records of one user, each with its mark; those that are gone are as good as deleted. */
  async function deleteRecords(records: readonly Previous[]): Promise<void> {
    try {
      await table.changeAll(records.flatMap((record) => [deletionOf(record), unmarking(record)]));
    } catch (error) {
      if (!(error instanceof GoneError)) throw error;
      for (const record of records) await ignoreGone(table.change(deletionOf(record)));
      await deleteRows(table, records.map(markAddress));
    }
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

    readStatus: findStatus,

    async signIn(record, session) {
      const listed: Change = { kind: 'upsert', row: listedRow(record.user, session) };
      await retryConflicts(sleep, async () => {
        const previous = await findStatus(record.user, record.flow);
        const sessionsEndAt = latestEnd(record, previous);
        const changes = await changesTo({ ...record, sessionsEndAt }, previous);
        await changeRows([...changes, listed]);
      });
    },

    update: async (previous, next) => changeRows(await changesTo(next, previous)),

    changeStatus,

    async remove(previous) {
      await changeRows([deletionOf(previous), unmarking(previous)]);
    },

    signOut: (user, hashes, options) =>
      retryConflicts(sleep, () => applySignOut(user, hashes, options)),

    async sessionsOf(user) {
      const rows = await rowsOf(user, 's', listedColumns);
      return rows.map(readListed);
    },

    async *records(shard) {
      const range = { partitionKey: shard, from: 'c|', to: `c|${end}` };
      for await (const rows of table.query(range, recordColumns)) {
        yield await mapBounded(rows, (row) => findRecord(sealer, row, ownerOf(row)));
      }
    },

    ...createMarkStore(table, findStatus),
  };
}

type Previous = Versioned<TokenStatus>;

function deletionOf({ user, flow, version }: Previous): Change {
  return { kind: 'delete', row: cacheAddress(user, flow), etag: version };
}

function unmarking(record: Previous): Change {
  return { kind: 'delete', row: markAddress(record) };
}

/** The status in a cache row, whether or not that can be opened. */
function statusOf(user: UserHash, row: StoredRow): TokenStatus {
  return readStatus(row, user, ownerOf(row).flow);
}

/** Whose a cache row is, by its key. */
function ownerOf({ rowKey }: StoredRow): { user: UserHash; flow: Flow } {
  const [, user, flow] = rowKey.split('|');
  return { user: user as UserHash, flow: flow === 'device' ? 'device' : 'code' };
}

/** A further sign-in does not bring the end of the sessions nearer. */
function latestEnd(next: TokenStatus, previous: TokenStatus | undefined): number {
  return Math.max(next.sessionsEndAt, previous?.sessionsEndAt ?? 0);
}
