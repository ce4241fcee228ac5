import { DefaultAzureCredential } from '@azure/identity';
import { QueueServiceClient } from '@azure/storage-queue';
import type { Settings } from './settings.ts';

/** The polling loop tries again by itself, so one call fails soon. */
const retryOptions = { maxTries: 2, tryTimeoutInMs: 10_000, retryDelayInMs: 200 };

/**
 * Opens the storage account that a connection setting names: `NAME` is a connection string, or
 * `NAME__queueServiceUri` an address, used with the developer's or the machine's identity.
 * @throws when neither is set
 * @see https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection
 */
export function openQueueService(name: string, settings: Settings): QueueServiceClient {
  const value = settings[name] || settings[`AzureWebJobs${name}`];
  if (value) return QueueServiceClient.fromConnectionString(value, { retryOptions });
  const uri = settings[`${name}__queueServiceUri`];
  if (!uri) throw new Error(`the setting ${name}, or ${name}__queueServiceUri, is missing`);
  return new QueueServiceClient(uri, credential(name, settings), { retryOptions });
}

function credential(name: string, settings: Settings): DefaultAzureCredential {
  const managedIdentityClientId = settings[`${name}__clientId`];
  return new DefaultAzureCredential(managedIdentityClientId ? { managedIdentityClientId } : {});
}
