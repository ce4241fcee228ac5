import type { Clock, Log } from './auth/ports.ts';
import type { Config } from './config/config.ts';
import { rotateKeys } from './crypto/key-rotation.ts';
import { createKeyring } from './crypto/keyring.ts';
import { localWrappingKey, type WrappingKey, wrappingKeys } from './crypto/wrapping-key.ts';
import { AppError } from './errors.ts';
import { keyVaultWrappingKey } from './key-vault/key-vault-wrapping-key.ts';
import { createKeyStore } from './storage/key-store.ts';
import { countSealedRows } from './storage/sealed-rows.ts';
import type { Table } from './storage/table.ts';
import type { TableName } from './storage/table-names.ts';

/** Tables whose rows hold sealed values. */
const sealedTables: readonly TableName[] = ['tokens', 'sessions', 'devices'];

/** The keys that seal, and what keeps them fresh. */
export function createKeyServices(
  config: Config,
  { table, now, log }: { table: (name: TableName) => Table; now: Clock; log: Log },
) {
  const store = createKeyStore(table('keys'));
  const wrappingKey = wrappingKeyOf(config.wrappingKey);
  const tables = sealedTables.map(table);
  const countRows = (kid: string) => countSealedRows(tables, kid);
  return {
    keyring: createKeyring(store, wrappingKey, now),
    rotate: () => rotateKeys({ store, wrappingKey, countRows, now, note: log.info }),
    old: store.old,
  };
}

/** The key that wraps, and those that only open what they once wrapped. */
export function wrappingKeyOf({ keyVault, local }: Config['wrappingKey']): WrappingKey {
  const keys = [
    ...(keyVault ? [keyVaultWrappingKey(keyVault)] : []),
    ...(local ? [localWrappingKey(local.current, local.previous)] : []),
  ];
  const [first, ...earlier] = keys;
  if (!first) throw new AppError('misconfigured', { detail: 'There is no wrapping key.' });
  return wrappingKeys(first, ...earlier);
}
