import type { Clock, Log } from './auth/ports.ts';
import type { Config } from './config.ts';
import { createSealer } from './crypto/sealer.ts';
import { createKeyServices } from './key-services.ts';
import { logRepeated } from './storage/repeated-requests.ts';
import { createRowRequests } from './storage/row-requests.ts';
import { createSessionStore } from './storage/session-store.ts';
import { createTable } from './storage/table.ts';
import type { TableName } from './storage/table-names.ts';
import { createTokenStore } from './storage/token-store.ts';

/** Users' tokens and sessions, and what they are sealed with. */
export function createStores(config: Config, { log, now }: { log: Log; now: Clock }) {
  const rows = createRowRequests(config.storage, logRepeated({ log, now }));
  const table = (name: TableName) => createTable(name, config.storage, rows);
  const keys = createKeyServices(config, { table, now, log });
  const sealer = createSealer(keys.keyring);
  const tokens = createTokenStore({ table: table('tokens'), sealer, log });
  const sessions = createSessionStore({
    ...{ table: table('sessions'), sidTable: table('sids'), sealer, log },
  });
  return { table, keys, sealer, tokens, sessions };
}
