import { randomBytes } from 'node:crypto';
import type { DueMark } from '../../src/lib/auth/ports.ts';
import type { Sealer } from '../../src/lib/crypto/sealer.ts';
import type { Row } from '../../src/lib/storage/row.ts';
import { markAddress } from '../../src/lib/storage/token-marks.ts';
import { shardOf, shards, tokensTable, toRow } from '../../src/lib/storage/token-rows.ts';
import { seconds, startTime } from '../../test/support/clock.ts';
import { openTable } from '../../test/support/table-dump.ts';
import { newSession, newUser, tokenRecord } from '../../test/support/token-records.ts';

export interface Population {
  readonly users: number;
  /** How many of them are due at {@link startTime}. */
  readonly due: number;
}

export interface Seeding {
  readonly connectionString: string;
  readonly sealer: Sealer;
  /** Is told how many users' rows are there, roughly. */
  readonly progress: (users: number) => void;
}

/** Azure takes no more in one transaction. */
const transactionSize = 100;
const transactionsAtOnce = 4;

/** Bytes of MSAL's cache and of an access token: few, for Azurite keeps them all in memory. */
const secretBytes = 150;

/**
 * Fills the table `tokens` with users in all shards, as if they had signed in: raw rows in large
 * transactions, since a sign-in each would take too long.
 */
export async function seedUsers(
  { users, due }: Population,
  { connectionString, sealer, progress }: Seeding,
): Promise<void> {
  const table = openTable(connectionString, tokensTable);
  await table.createTable();
  const rowKinds = [tokenRow(sealer), markAddress, sessionRow];
  const marks = Array.from({ length: users }, (_, index) => seededMark(index, due));
  const transactions = transactionsOf(marks, rowKinds);
  let rowCount = 0;
  const submitAll = async () => {
    for (const transaction of transactions) {
      const rows = await Promise.all(transaction);
      await table.submitTransaction(rows.map((row) => ['create', row]));
      rowCount += rows.length;
      progress(Math.floor(rowCount / rowKinds.length));
    }
  };
  await Promise.all(Array.from({ length: transactionsAtOnce }, submitAll));
}

function seededMark(index: number, due: number): DueMark {
  const dueAt = startTime + (index < due ? -index : index) * seconds;
  return { user: newUser(), flow: 'code', state: 'active', dueAt };
}

/** A row that a sign-in writes for a user. */
type RowKind = (mark: DueMark) => Row | Promise<Row>;

/** By shard and kind: Azurite keeps sorted lists, and moves less the nearer to their end it inserts. */
function* transactionsOf(marks: readonly DueMark[], rowKinds: readonly RowKind[]) {
  const byShard = Map.groupBy(marks, ({ user }) => shardOf(user));
  for (const shard of shards) {
    const members = byShard.get(shard) ?? [];
    for (const rowOf of rowKinds) {
      for (let start = 0; start < members.length; start += transactionSize) {
        yield members.slice(start, start + transactionSize).map(rowOf);
      }
    }
  }
}

function tokenRow(sealer: Sealer): RowKind {
  const secret = () => randomBytes(secretBytes).toString('base64');
  return ({ user, dueAt }) =>
    toRow(sealer, tokenRecord({ user, dueAt, cache: secret(), token: secret() }));
}

function sessionRow({ user }: DueMark): Row {
  const { hash, createdAt, expiresAt } = newSession();
  return {
    partitionKey: shardOf(user),
    rowKey: `s|${user}|${hash}`,
    createdAt: new Date(createdAt),
    expiresAt: new Date(expiresAt),
  };
}
