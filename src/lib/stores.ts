import type { Clock, Log } from './auth/ports.ts';
import type { Config } from './config/config.ts';
import { createKeyring } from './crypto/keyring.ts';
import { createSealer } from './crypto/sealer.ts';
import { localWrappingKey, type WrappingKey, wrappingKeys } from './crypto/wrapping-key.ts';
import { AppError } from './errors.ts';
import { keyVaultWrappingKey } from './key-vault/key-vault-wrapping-key.ts';
import { createConsumedStateStore } from './storage/consumed-state-store.ts';
import { createDeviceStore } from './storage/device-store.ts';
import { createHeartbeatStore } from './storage/heartbeat-store.ts';
import { createKeyStore } from './storage/key-store.ts';
import { createRefreshQueue } from './storage/refresh-queue.ts';
import { logRepeated } from './storage/repeated-requests.ts';
import { createRowRequests } from './storage/row-requests.ts';
import { createSessionStore } from './storage/session-store.ts';
import { createTable } from './storage/table.ts';
import type { TableName } from './storage/table-names.ts';
import { createTokenStore } from './storage/token-store.ts';

/** Everything that is stored, and what it is sealed with. */
export function createStores(config: Config, { log, now }: { log: Log; now: Clock }) {
  const rows = createRowRequests(config.storage, logRepeated({ log, now }));
  const table = (name: TableName) => createTable(name, config.storage, rows);
  const keyring = createKeyring({
    store: createKeyStore(table('keys')),
    wrappingKey: wrappingKeyOf(config.wrappingKey),
    ...{ now, log },
  });
  const sealer = createSealer(keyring);
  const tokens = createTokenStore({ table: table('tokens'), sealer, log });
  const sessions = createSessionStore({
    ...{ table: table('sessions'), sidTable: table('sids'), sealer, log },
  });
  return {
    ...{ keyring, sealer, tokens, sessions },
    states: createConsumedStateStore(table('states')),
    devices: createDeviceStore({ table: table('devices'), sealer, log }),
    heartbeats: createHeartbeatStore(table('heartbeats')),
    queue: createRefreshQueue(config.storage),
  };
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
