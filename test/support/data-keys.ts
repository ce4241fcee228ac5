import { localWrappingKey } from '../../src/lib/crypto/wrapping-key.ts';
import { createKeyStore } from '../../src/lib/storage/key-store.ts';
import { createTable } from '../../src/lib/storage/table.ts';
import { wrappingKey } from './app.ts';
import type { World } from './world.ts';

/** The bytes of every data key of a world, unwrapped. */
export async function dataKeysOf({ azurite: { connectionString } }: World): Promise<Buffer[]> {
  const keys = createKeyStore(createTable('keys', { kind: 'connection-string', connectionString }));
  const wrapping = localWrappingKey(Buffer.from(wrappingKey, 'base64'));
  const opened = (await keys.list()).map(({ wrapped, kid, wrappedBy }) =>
    wrapping.unwrap(wrapped, kid, wrappedBy),
  );
  return (await Promise.all(opened)).map((key) => Buffer.from(key ?? []));
}
