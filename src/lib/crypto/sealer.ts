import type { Keyring } from './keyring.ts';
import { open, type SealAddress, seal } from './seal.ts';

/** A sealed value and the name of the key that opens it. */
export interface Sealed {
  kid: string;
  bytes: Uint8Array;
}

/** Seals with the current data key and opens with any data key. */
export interface Sealer {
  /** Seals several values for one row with one key. */
  seal<K extends string>(
    values: Record<K, Uint8Array>,
    address: Omit<SealAddress, 'property'>,
  ): Promise<{ kid: string; sealed: Record<K, Buffer> }>;
  /** Whether a key is the one that seals now. */
  isCurrent(kid: string): Promise<boolean>;
  /** Returns the plaintext, or undefined unless one of our keys sealed it for this address. */
  open(sealed: Sealed, address: SealAddress): Promise<Uint8Array | undefined>;
}

export function createSealer(keyring: Keyring): Sealer {
  return {
    async seal(values, address) {
      const key = await keyring.current();
      const entries = Object.entries<Uint8Array>(values).map(([property, value]) => [
        property,
        seal(value, key, { ...address, property }),
      ]);
      return { kid: key.kid, sealed: Object.fromEntries(entries) };
    },
    isCurrent: async (kid) => (await keyring.current()).kid === kid,
    async open({ kid, bytes }, address) {
      const key = await keyring.byId(kid);
      return key && open(bytes, key, address);
    },
  };
}
