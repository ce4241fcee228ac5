import { parseUserHash } from '../../src/lib/auth/user.ts';
import { createKeyring } from '../../src/lib/crypto/keyring.ts';
import { createSealer, type Sealer } from '../../src/lib/crypto/sealer.ts';
import { localWrappingKey } from '../../src/lib/crypto/wrapping-key.ts';
import { createKeyStore } from '../../src/lib/storage/key-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { openRecord, readStatus } from '../../src/lib/storage/token-rows.ts';
import { wrappingKey } from './app.ts';
import { dumpTables } from './table-dump.ts';
import type { World } from './world.ts';

const silent = { info() {}, warn() {}, error() {} };

/** A user's cache row, opened: MSAL's cache by kind of entry. */
export interface OpenedCache {
  user: string;
  entries: Record<string, Record<string, { secret?: string; local_account_id?: string }>>;
}

/** A sealer with the keys of a world's apps. */
export function sealerOf(world: World): Sealer {
  const { connectionString } = world.azurite;
  const keys = createKeyStore(createTable('keys', { kind: 'connection-string', connectionString }));
  const wrapping = localWrappingKey(Buffer.from(wrappingKey, 'base64'));
  return createSealer(
    createKeyring({ store: keys, wrappingKey: wrapping, now: Date.now, log: silent }),
  );
}

/** Every cache row of a world. @throws Error if one does not open. */
export async function openCaches(world: World): Promise<OpenedCache[]> {
  const sealer = sealerOf(world);
  const rows = await dumpTables(world.azurite.connectionString);
  const caches = rows.filter((row) => row.table === 'tokens' && row.rowKey.startsWith('c|'));
  return Promise.all(
    caches.map(async (row) => {
      const user = parseUserHash(row.rowKey.split('|')[1]);
      const record = user && (await openRecord(sealer, row, readStatus(row, user, 'code'), silent));
      if (!record) throw new Error(`${row.rowKey} does not open`);
      return { user: record.user, entries: JSON.parse(record.cache) };
    }),
  );
}
