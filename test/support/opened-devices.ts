import { sealerOf } from './opened-rows.ts';
import { dumpTables } from './table-dump.ts';
import type { World } from './world.ts';

/** The codes of a device sign-in, as the identity provider issued them. */
export interface DeviceCodes {
  deviceCode: string;
  userCode: string;
}

/** The codes of every device sign-in that is under way. @throws Error if a row does not open. */
export async function openDeviceCodes(world: World): Promise<DeviceCodes[]> {
  const sealer = sealerOf(world);
  const rows = await dumpTables(world.azurite.connectionString);
  const pending = rows.filter(({ table, ended }) => table === 'devices' && ended !== true);
  return Promise.all(
    pending.map(async ({ table, partitionKey, rowKey, kid, request }) => {
      const address = { table, partitionKey, rowKey, schema: 1, property: 'request' };
      const sealed = { kid: String(kid), bytes: request as Uint8Array };
      const json = await sealer.open(sealed, address);
      if (!json) throw new Error(`${rowKey} does not open`);
      return JSON.parse(Buffer.from(json).toString()).authorization as DeviceCodes;
    }),
  );
}
