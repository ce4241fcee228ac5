import type { KeyStore, WrappedKey } from '../../../src/lib/crypto/keyring.ts';
import { ConflictError } from '../../../src/lib/errors.ts';

export function createMemoryKeyStore(): KeyStore {
  const keys = new Map<string, WrappedKey & { rows?: number }>();
  const sorted = () => [...keys.values()].sort((a, b) => (a.kid < b.kid ? -1 : 1));
  let leasedUntil = 0;
  return {
    async list() {
      return sorted().map(({ rows: _, ...key }) => key);
    },
    async add(key) {
      if (keys.has(key.kid)) throw new ConflictError('the name is taken');
      keys.set(key.kid, key);
    },
    async remove(kid) {
      keys.delete(kid);
    },
    async noteRows(kid, rows) {
      const key = keys.get(kid);
      if (key) keys.set(kid, { ...key, rows });
    },
    async old() {
      return sorted()
        .slice(0, -1)
        .map(({ kid, rows }) => ({ kid, rows }));
    },
    async extendLease(until) {
      leasedUntil = until;
    },
    async lease(now, until) {
      if (leasedUntil > now) return false;
      leasedUntil = until;
      return true;
    },
  };
}
