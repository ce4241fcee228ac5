import type { StorageConnection } from '../../../src/lib/config/config.ts';

/** The service asks for no credential; the SDK signs in any case. */
const account = 'benchaccount';
const key = Buffer.alloc(64, 1).toString('base64');

/** Connects to the table service at an origin. There is no queue. */
export function tableConnection(
  origin: string,
): Extract<StorageConnection, { kind: 'connection-string' }> {
  const endpoint = `${origin}/${account}`;
  const connectionString = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${account}`,
    `AccountKey=${key}`,
    `TableEndpoint=${endpoint}`,
    `QueueEndpoint=${endpoint}`,
  ].join(';');
  return { kind: 'connection-string', connectionString };
}
