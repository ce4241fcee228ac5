import { TableClient, TableServiceClient } from '@azure/data-tables';
import { QueueServiceClient } from '@azure/storage-queue';

const options = { allowInsecureConnection: true };

export interface DumpedRow {
  table: string;
  partitionKey: string;
  rowKey: string;
  etag: string;
  [property: string]: unknown;
}

/** Every row of every table. */
export async function dumpTables(connectionString: string): Promise<DumpedRow[]> {
  const rows: DumpedRow[] = [];
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  for await (const { name } of service.listTables()) {
    if (!name) continue;
    for await (const entity of openTable(connectionString, name).listEntities()) {
      rows.push({ ...entity, table: name } as DumpedRow);
    }
  }
  return rows;
}

/** All that the tables hold as one text, bytes as characters. */
export async function dumpText(connectionString: string): Promise<string> {
  return JSON.stringify(await dumpTables(connectionString), (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}

export function openTable(connectionString: string, name: string): TableClient {
  return TableClient.fromConnectionString(connectionString, name, options);
}

/** The text of every message in every queue. */
export async function dumpQueues(connectionString: string): Promise<string[]> {
  const texts: string[] = [];
  const service = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of service.listQueues()) {
    const { peekedMessageItems } = await service
      .getQueueClient(name)
      .peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      texts.push(Buffer.from(messageText, 'base64').toString('utf8'));
    }
  }
  return texts;
}
