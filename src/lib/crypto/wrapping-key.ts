import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import { open, seal } from './seal.ts';

/** Wraps and unwraps data keys. Port, so that a key vault can stand behind it. */
export interface WrappingKey {
  /** Whether what has this name beside it was wrapped by the key that {@link wrap} uses. */
  isCurrent(wrappedBy: string): boolean;
  /**
   * @returns also the name of the key that wrapped it, to be stored beside it.
   * @throws AppError `temporarily_unavailable`, or `misconfigured` if the key may not be used.
   */
  wrap(dataKey: Uint8Array, kid: string): Promise<{ wrapped: Uint8Array; wrappedBy: string }>;
  /**
   * The data key, or undefined when `wrapped` was not made by a key of ours. Throws as {@link wrap}.
   */
  unwrap(wrapped: Uint8Array, kid: string, wrappedBy: string): Promise<Uint8Array | undefined>;
}

/** The first one wraps; each opens what it once wrapped. */
export function wrappingKeys(first: WrappingKey, ...earlier: WrappingKey[]): WrappingKey {
  return {
    isCurrent: first.isCurrent,
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
    isCurrent: (wrappedBy) => wrappedBy === id,
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
