import {
  AccountSASPermissions,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';

const hourMs = 60 * 60_000;

/**
 * A connection string with a signature in place of the account's key.
 *
 * @param may what it allows: services, `q` and `t`, and what may be done with them, `rwdlacup`.
 */
export function signedConnection(
  connectionString: string,
  may: { services: string; permissions: string },
): string {
  const part = (name: string) => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? '';
  const credential = new StorageSharedKeyCredential(part('AccountName'), part('AccountKey'));
  const signature = generateAccountSASQueryParameters(
    {
      services: may.services,
      permissions: AccountSASPermissions.parse(may.permissions),
      resourceTypes: 'sco',
      expiresOn: new Date(Date.now() + hourMs),
    },
    credential,
  );
  return [
    `TableEndpoint=${part('TableEndpoint')}`,
    `QueueEndpoint=${part('QueueEndpoint')}`,
    `SharedAccessSignature=${signature}`,
  ].join(';');
}
