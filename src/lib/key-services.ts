import type { Clock, Log } from './auth/ports.ts';
import type { Config } from './config/config.ts';
import { createKeyring } from './crypto/keyring.ts';
import { localWrappingKey, type WrappingKey, wrappingKeys } from './crypto/wrapping-key.ts';
import { AppError } from './errors.ts';
import { keyVaultWrappingKey } from './key-vault/key-vault-wrapping-key.ts';
import { createKeyStore } from './storage/key-store.ts';
import type { Table } from './storage/table.ts';
import type { TableName } from './storage/table-names.ts';

/** The data keys, and their rotation. */
export function createKeyServices(
  config: Config,
  { table, now, log }: { table: (name: TableName) => Table; now: Clock; log: Log },
) {
  const store = createKeyStore(table('keys'));
  const wrappingKey = wrappingKeyOf(config.wrappingKey);
  const keyring = createKeyring({ store, wrappingKey, now, log });
  return { keyring, rotate: keyring.rotate };
}

/** Returns the key that wraps, joined with those that only unwrap what they have wrapped. */
export function wrappingKeyOf({ keyVault, local }: Config['wrappingKey']): WrappingKey {
  const keys = [
    ...(keyVault ? [keyVaultWrappingKey(keyVault)] : []),
    ...(local ? [localWrappingKey(local.current, local.previous)] : []),
  ];
  const [first, ...earlier] = keys;
  if (!first) throw new AppError('misconfigured', { detail: 'There is no wrapping key.' });
  return wrappingKeys(first, ...earlier);
}
