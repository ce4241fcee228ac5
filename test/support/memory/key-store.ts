import type { KeyStore, WrappedKey } from '../../../src/lib/crypto/keyring.ts';
import { ConflictError } from '../../../src/lib/errors.ts';

export function createMemoryKeyStore(): KeyStore {
  const keys = new Map<string, WrappedKey>();
  return {
    async list() {
      return [...keys.values()].sort((a, b) => (a.kid < b.kid ? -1 : 1));
    },
    async add(key) {
      if (keys.has(key.kid)) throw new ConflictError('the name is taken');
      keys.set(key.kid, key);
    },
  };
}
