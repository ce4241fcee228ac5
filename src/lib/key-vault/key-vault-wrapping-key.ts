import type { CryptographyClient, KeyVaultKey } from '@azure/keyvault-keys';
import { lazy } from '../basics/lazy.ts';
import { isLoopback } from '../basics/loopback.ts';
import type { KeyVaultKeyConfig } from '../config/config.ts';
import type { WrappingKey } from '../crypto/wrapping-key.ts';
import { AppError } from '../errors.ts';

const algorithm = 'RSA-OAEP-256';
/** Milliseconds for one operation, including retries and the identity's token. */
const deadlineMs = 5_000;
const retryOptions = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

/**
 * A wrapping key in Key Vault, used with the app's identity. The key never leaves the vault. A
 * wrapped data key names the version that wrapped it.
 *
 * @see https://learn.microsoft.com/rest/api/keyvault/keys/wrap-key
 */
export function keyVaultWrappingKey(config: KeyVaultKeyConfig): WrappingKey {
  const options = { ...config, keyId: canonicalKeyId(config.keyId) };
  const { origin, pathname } = new URL(options.keyId);
  const [, , name = '', version] = pathname.split('/');
  const vault = lazy(() => connect(options));
  const clients = new Map<string, CryptographyClient>();

  /** Makes one client for each version. A client keeps the vault's challenge and the identity's token. */
  async function clientFor(keyId: string): Promise<CryptographyClient> {
    const { cryptographyClient } = await vault();
    const client = clients.get(keyId) ?? cryptographyClient(keyId);
    clients.set(keyId, client);
    return client;
  }

  /** Returns the key's id with the version that wraps now: the setting's, or else the newest. */
  async function versioned(): Promise<string> {
    if (version !== undefined) return options.keyId;
    const { keyClient } = await vault();
    const { id } = await keyClient.getKey(name, { abortSignal: AbortSignal.timeout(deadlineMs) });
    if (!id) throw new Error('the vault’s key has no id');
    return canonicalKeyId(id);
  }

  return {
    currentId: () => inVault(versioned),

    wrap: (dataKey) =>
      inVault(async () => {
        const wrappedBy = await versioned();
        const client = await clientFor(wrappedBy);
        const abortSignal = AbortSignal.timeout(deadlineMs);
        const { result } = await client.wrapKey(algorithm, dataKey, { abortSignal });
        return { wrapped: result, wrappedBy };
      }),

    async unwrap(wrapped, _kid, wrappedBy) {
      const id = canonicalKeyId(wrappedBy);
      // The earlier wrapping key may be another key of the same vault.
      if (!id.startsWith(`${origin}/keys/`)) return undefined;
      return inVault(async () => {
        const client = await clientFor(id);
        const abortSignal = AbortSignal.timeout(deadlineMs);
        return (await client.unwrapKey(algorithm, wrapped, { abortSignal })).result;
      });
    },
  };
}

async function connect({ keyId, managed, clientId }: KeyVaultKeyConfig) {
  const [{ CryptographyClient, KeyClient }, identity] = await Promise.all([
    import('@azure/keyvault-keys'),
    import('@azure/identity'),
  ]);
  const credential = managed
    ? new identity.ManagedIdentityCredential(clientId ? { clientId } : {})
    : new identity.DefaultAzureCredential();
  const clientOptions = {
    retryOptions,
    // A stand-in on loopback is outside the vault's domain.
    disableChallengeResourceVerification: isLoopback(keyId),
  };
  return {
    keyClient: new KeyClient(new URL(keyId).origin, credential, clientOptions),
    cryptographyClient: (id: string) =>
      new CryptographyClient(withoutLookup(id), credential, clientOptions),
  };
}

/** The vault may spell its ids in another letter case than the settings do. */
function canonicalKeyId(id: string): string {
  return id.toLowerCase();
}

/** Describes the key as an object: given an id alone, the client asks the vault for the key first. */
function withoutLookup(id: string): KeyVaultKey {
  const [vaultUrl = '', name = ''] = id.split('/keys/');
  return { id, name, properties: { vaultUrl, name } };
}

/** Runs an operation. If the vault refuses it, an operator has to act; other failures pass. */
async function inVault<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const { statusCode = 0 } = error as { statusCode?: number };
    if ([400, 401, 403, 404].includes(statusCode)) {
      const detail =
        'Key Vault refuses its key to this app. Check KEY_VAULT_KEY_ID, and that the app’s identity may wrap and unwrap with it.';
      throw new AppError('misconfigured', { detail }, error);
    }
    throw new AppError('temporarily_unavailable', { detail: 'Key Vault is not available.' }, error);
  }
}
