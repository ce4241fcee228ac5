import { expect } from 'vitest';
import { type UserHash, userHash } from '../../src/lib/auth/user.ts';
import { openCaches } from './opened-rows.ts';
import { type DumpedRow, dumpTables } from './table-dump.ts';
import type { World } from './world.ts';

/**
 * Dumps every row and holds it against what must be true whatever has happened: each cache row
 * opens in its place and holds its own user's account alone (I1, I2), and each user has one mark,
 * the one that their row names (I5). Row names and logs hold no token (I8).
 *
 * @param log all that the apps have printed.
 */
export async function expectInvariants(
  world: World,
  users: readonly UserHash[],
  log: readonly string[],
): Promise<void> {
  const caches = await openCaches(world);
  expect(caches.map(({ user }) => user).sort()).toEqual([...users].sort());
  for (const { user, entries } of caches) {
    const accounts = Object.values(entries['Account'] ?? {}).map(({ local_account_id: oid = '' }) =>
      userHash({ oid, tid: world.identityProvider.tenantId }),
    );
    expect(accounts).toEqual([user]);
  }
  const rows = await dumpTables(world.azurite.connectionString);
  for (const user of users) expect(marksOf(rows, user)).toEqual([markNamedBy(rows, user)]);

  const secrets = caches.flatMap(({ entries }) =>
    Object.values(entries).flatMap((kind) => Object.values(kind).map(({ secret }) => secret)),
  );
  const text = log.join('\n');
  const leaked = secrets.filter((secret) => secret !== undefined && text.includes(secret));
  expect(leaked).toHaveLength(0);
}

/** The marks of a user. */
export function marksOf(rows: readonly DumpedRow[], user: UserHash): string[] {
  return rows
    .map(({ rowKey }) => rowKey)
    .filter((key) => /^[de]\|/.test(key) && key.includes(user));
}

function markNamedBy(rows: readonly DumpedRow[], user: UserHash): string {
  const row = rows.find(({ rowKey }) => rowKey === `c|${user}|code`);
  const dueAt = row?.['dueAt'];
  const time = dueAt instanceof Date ? dueAt.toISOString() : 'no time';
  return `${row?.['state'] === 'reauth_required' ? 'e' : 'd'}|${time}|${user}|code`;
}
