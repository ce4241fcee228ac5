import type { SessionEntry } from '../auth/session/ports.ts';
import type { UserHash } from '../auth/user.ts';
import type { Row, RowAddress, StoredRow } from './row.ts';
import { time } from './stored-row.ts';
import { shardOf } from './token-rows.ts';

export const listedColumns = ['createdAt', 'expiresAt', 'sidHash'];

/** Where a session is listed under its user. */
export function listedAddress(user: UserHash, hash: string): RowAddress {
  return { partitionKey: shardOf(user), rowKey: `s|${user}|${hash}` };
}

export function listedRow(user: UserHash, session: SessionEntry): Row {
  const { hash, createdAt, expiresAt, sidHash } = session;
  return {
    ...listedAddress(user, hash),
    createdAt: new Date(createdAt),
    expiresAt: new Date(expiresAt),
    ...(sidHash !== undefined && { sidHash }),
  };
}

export function readListed(row: StoredRow): SessionEntry {
  const { rowKey, createdAt, expiresAt, sidHash } = row;
  return {
    hash: rowKey.split('|')[2] ?? '',
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    ...(typeof sidHash === 'string' && { sidHash }),
  };
}
