import type { DueMark } from '../auth/ports.ts';
import { parseUserHash } from '../auth/user.ts';
import { iso } from '../basics/time-text.ts';
import type { Change, Row, RowAddress, StoredRow } from './row.ts';
import type { RowRange } from './table.ts';
import { shardOf } from './token-rows.ts';

/** Marks of users that are due for refresh, and of those whose tokens are due for deletion. */
const markPrefix = { active: 'd', reauth_required: 'e' } as const;

export function markAddress({ user, flow, state, dueAt }: DueMark): RowAddress {
  const rowKey = `${markPrefix[state]}|${iso(dueAt)}|${user}|${flow}`;
  return { partitionKey: shardOf(user), rowKey };
}

/** Columns that {@link parseMark} needs besides the key. */
export const markColumns = ['tenantId', 'postponed'];

/** A mark's row. */
export function markRow(mark: DueMark): Row {
  const { tenantId = '', postponed = 0 } = mark;
  return {
    ...markAddress(mark),
    ...(tenantId && { tenantId }),
    ...(postponed && { postponed }),
  };
}

/** The changes that put one mark in place of another. */
export function moveMark(previous: DueMark, next: DueMark): Change[] {
  const [oldMark, newMark] = [markAddress(previous), markRow(next)];
  const put: Change = { kind: 'upsert', row: newMark };
  return oldMark.rowKey === newMark.rowKey ? [put] : [{ kind: 'delete', row: oldMark }, put];
}

/** Marks of a shard up to and with a time, in the order of their times. */
export function markRange(
  shard: string,
  state: DueMark['state'],
  { upTo, exceptTenants = [] }: { upTo: number; exceptTenants?: readonly string[] | undefined },
): RowRange {
  const prefix = markPrefix[state];
  const to = `${prefix}|${iso(upTo)}|${end}`;
  const without = { column: 'tenantId', values: exceptTenants };
  return { partitionKey: shard, from: `${prefix}|`, to, without };
}

/** Above every character that a key here holds. */
const end = '~';

/** The mark in a row; undefined for another row. A row of an earlier version has nothing but its key. */
export function parseMark(row: StoredRow): DueMark | undefined {
  const [prefix, at, hash, flow] = row.rowKey.split('|');
  const user = parseUserHash(hash);
  const dueAt = Date.parse(at ?? '');
  if (!user || Number.isNaN(dueAt) || (flow !== 'code' && flow !== 'device')) return undefined;
  const state = prefix === markPrefix.active ? 'active' : 'reauth_required';
  const { tenantId, postponed } = row;
  return {
    ...{ user, flow, state, dueAt },
    ...(typeof tenantId === 'string' && tenantId && { tenantId }),
    ...(typeof postponed === 'number' && { postponed }),
  };
}
