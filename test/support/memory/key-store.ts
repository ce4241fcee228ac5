import type { KeyStore, StoredKey } from '../../../src/lib/crypto/key-store.ts';
import { ConflictError, GoneError } from '../../../src/lib/errors.ts';

export function createMemoryKeyStore(): KeyStore {
  const keys = new Map<string, StoredKey>();
  let leasedUntil = 0;
  let versions = 0;
  const nextVersion = () => `v${++versions}`;
  return {
    async list() {
      return [...keys.values()].sort((a, b) => (a.kid < b.kid ? -1 : 1));
    },
    async add({ kid, wrapped, wrappedBy }) {
      if (keys.has(kid)) throw new ConflictError('the name is taken');
      keys.set(kid, { kid, wrapped, wrappedBy, etag: nextVersion() });
    },
    async rewrap({ etag, ...key }) {
      const present = keys.get(key.kid);
      if (!present) throw new GoneError('there is no such key');
      if (present.etag !== etag) throw new ConflictError('the key has changed');
      keys.set(key.kid, { ...key, etag: nextVersion() });
    },
    async lease(now, until) {
      if (leasedUntil > now) return false;
      leasedUntil = until;
      return true;
    },
    async release() {
      leasedUntil = 0;
    },
  };
}
