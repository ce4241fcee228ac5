import type { DueMark } from '../auth/ports.ts';
import { parseUserHash } from '../auth/user.ts';
import type { Change, RowAddress } from './row.ts';
import type { RowRange } from './table.ts';
import { shardOf } from './token-rows.ts';

/** Marks of users that are due for refresh, and of those whose tokens are due for deletion. */
const markPrefix = { active: 'd', reauth_required: 'e' } as const;

export function markAddress({ user, flow, state, dueAt }: DueMark): RowAddress {
  const rowKey = `${markPrefix[state]}|${new Date(dueAt).toISOString()}|${user}|${flow}`;
  return { partitionKey: shardOf(user), rowKey };
}

/** The changes that put one mark in place of another. */
export function moveMark(previous: DueMark, next: DueMark): Change[] {
  const [oldMark, newMark] = [markAddress(previous), markAddress(next)];
  const put: Change = { kind: 'upsert', row: newMark };
  return oldMark.rowKey === newMark.rowKey ? [put] : [{ kind: 'delete', row: oldMark }, put];
}

/** Marks of a shard up to and with a time, in the order of their times. */
export function markRange(shard: string, state: DueMark['state'], upTo: number): RowRange {
  const prefix = markPrefix[state];
  const to = `${prefix}|${new Date(upTo).toISOString()}|${end}`;
  return { partitionKey: shard, from: `${prefix}|`, to };
}

/** Above every character that a key here holds. */
const end = '~';

/** The mark in a row's key; undefined for another key. */
export function parseMark(rowKey: string): DueMark | undefined {
  const [prefix, at, hash, flow] = rowKey.split('|');
  const user = parseUserHash(hash);
  const dueAt = Date.parse(at ?? '');
  if (!user || Number.isNaN(dueAt) || (flow !== 'code' && flow !== 'device')) return undefined;
  return { user, flow, state: prefix === markPrefix.active ? 'active' : 'reauth_required', dueAt };
}
