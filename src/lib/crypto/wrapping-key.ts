import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { open, seal } from './seal.ts';

/** Wraps and unwraps data keys. A port, so that a key vault can implement it. */
export interface WrappingKey {
  /** Returns the name of the key that {@link wrap} uses now. Throws as {@link wrap}. */
  currentId(): Promise<string>;
  /**
   * @returns the wrapped key, and the name of the key that wrapped it, to be stored beside it.
   * @throws AppError `temporarily_unavailable`, or `misconfigured` if the app may not use the key.
   */
  wrap(dataKey: Uint8Array, kid: string): Promise<{ wrapped: Uint8Array; wrappedBy: string }>;
  /**
   * Returns the data key, or undefined if none of our keys made `wrapped`. Throws as {@link wrap}.
   */
  unwrap(wrapped: Uint8Array, kid: string, wrappedBy: string): Promise<Uint8Array | undefined>;
}

/** Joins several keys: the first wraps, and each unwraps what it has wrapped. */
export function wrappingKeys(first: WrappingKey, ...earlier: WrappingKey[]): WrappingKey {
  return {
    currentId: first.currentId,
    wrap: first.wrap,
    async unwrap(...wrapped) {
      for (const key of [first, ...earlier]) {
        const dataKey = await key.unwrap(...wrapped);
        if (dataKey) return dataKey;
      }
      return undefined;
    },
  };
}

/**
 * A wrapping key in a setting, for a laptop or where there is no key vault.
 *
 * @param current 32 bytes; wraps data keys.
 * @param previous 32 bytes; only unwraps what it has wrapped.
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
    currentId: async () => id,
    async wrap(dataKey, kid) {
      const key = { kid: id, key: createSecretKey(current) };
      return { wrapped: seal(dataKey, key, address(kid)), wrappedBy: id };
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
