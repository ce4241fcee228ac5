import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { open, seal } from './seal.ts';

/** Wraps and unwraps data keys. Port, so that a key vault can stand behind it. */
export interface WrappingKey {
  /** Names the key that {@link wrap} uses; stored beside what it wrapped. */
  readonly id: string;
  wrap(dataKey: Uint8Array, kid: string): Promise<Uint8Array>;
  /** The data key, or undefined when `wrapped` was not made by the key named `id`. */
  unwrap(wrapped: Uint8Array, kid: string, id: string): Promise<Uint8Array | undefined>;
}

/**
 * A wrapping key held in a setting: for a laptop, and where there is no key vault.
 *
 * @param current 32 bytes; wraps new data keys.
 * @param previous 32 bytes; only opens what it once wrapped.
 */
export function localWrappingKey(current: Uint8Array, previous?: Uint8Array): WrappingKey {
  const keys = new Map<string, KeyObject>();
  for (const bytes of previous ? [previous, current] : [current]) {
    keys.set(localKeyId(bytes), createSecretKey(bytes));
  }
  const id = localKeyId(current);
  const address = (kid: string) => ({
    table: 'keys',
    partitionKey: 'data',
    rowKey: kid,
    property: 'wrapped',
    schema: 1,
  });
  return {
    id,
    async wrap(dataKey, kid) {
      return seal(dataKey, { kid: id, key: createSecretKey(current) }, address(kid));
    },
    async unwrap(wrapped, kid, wrappedBy) {
      const key = keys.get(wrappedBy);
      return key && open(wrapped, { kid: wrappedBy, key }, address(kid));
    },
  };
}

function localKeyId(bytes: Uint8Array): string {
  const digest = createHash('sha256')
    .update('evergreen wrapping key id')
    .update(bytes)
    .digest('hex');
  return `local-${digest.slice(0, 16)}`;
}
