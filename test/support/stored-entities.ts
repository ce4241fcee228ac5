import { createHash } from 'node:crypto';
import type { StartedDevice } from './devices.ts';
import type { Person } from './people.ts';
import { openTable } from './table-dump.ts';
import type { World } from './world.ts';

/** A row, changed behind the app's back. */
export interface StoredEntity {
  /** Its table. */
  table: string;
  read(): Promise<Record<string, unknown>>;
  /** Sets some of its properties. */
  change(properties: Record<string, unknown>): Promise<void>;
  /** Makes the row what another was, but for its address; puts it back if it is gone. */
  replace(row: Record<string, unknown>): Promise<void>;
}

function entity({ azurite }: World, table: string, partitionKey: string, rowKey: string) {
  const client = openTable(azurite.connectionString, table);
  return {
    table,
    read: () => client.getEntity(partitionKey, rowKey),
    async change(properties: Record<string, unknown>) {
      await client.updateEntity({ ...properties, partitionKey, rowKey }, 'Merge');
    },
    async replace({ etag: _etag, timestamp: _timestamp, ...row }: Record<string, unknown>) {
      await client.upsertEntity({ ...row, partitionKey, rowKey }, 'Replace');
    },
  } satisfies StoredEntity;
}

/** The row of somebody's tokens. */
export function tokensOf(world: World, { hash }: Pick<Person, 'hash'>): StoredEntity {
  return entity(world, 'tokens', hash.slice(0, 1), `c|${hash}|code`);
}

/** The row of a session in a browser. */
export function sessionOf(world: World, { browser }: Pick<Person, 'browser'>): StoredEntity {
  return ofSecret(world, 'sessions', browser.cookies.get('session') ?? '');
}

/** The row of a device sign-in. */
export function deviceRowOf(world: World, { handle }: Pick<StartedDevice, 'handle'>): StoredEntity {
  return ofSecret(world, 'devices', handle);
}

function ofSecret(world: World, table: string, secret: string): StoredEntity {
  const [bucket = '', id = ''] = secret.split('.');
  const hash = createHash('sha256').update(id).digest('hex');
  return entity(world, table, `${bucket}-${hash.slice(0, 1)}`, hash);
}
