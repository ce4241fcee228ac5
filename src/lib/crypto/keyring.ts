import { createSecretKey, randomBytes } from 'node:crypto';
import { AppError, ConflictError } from '../errors.ts';
import type { DataKey } from './seal.ts';
import type { WrappingKey } from './wrapping-key.ts';

/** A data key as it is stored. */
export interface WrappedKey {
  kid: string;
  wrapped: Uint8Array;
  /** Name of the key that wrapped it. */
  wrappedBy: string;
}

/** A key that no longer seals, and what it still opens. */
export interface OldKey {
  kid: string;
  /** Rows that it opens, so many at least; undefined: not yet counted. */
  rows: number | undefined;
}

/** Where wrapped data keys are kept, the same for all instances. */
export interface KeyStore {
  /** Every key, in the order of their names. */
  list(): Promise<WrappedKey[]>;
  /** Adds a key. @throws ConflictError if the name is taken. */
  add(key: WrappedKey): Promise<void>;
  /** Deletes a key for good. Does nothing if it is gone. */
  remove(kid: string): Promise<void>;
  /** Notes how many rows a key that no longer seals opens. */
  noteRows(kid: string, rows: number): Promise<void>;
  /** All keys but the newest, the oldest first. */
  old(): Promise<OldKey[]>;
  /** @returns true to one caller, and to nobody else before a time. */
  lease(now: number, until: number): Promise<boolean>;
}

/** The data keys, unwrapped and cached in memory. */
export interface Keyring {
  /** The key that seals: the newest. Made at the first call on an empty store. */
  current(): Promise<DataKey>;
  /**
   * A key by name, or undefined if there is none of that name.
   *
   * @throws what the store threw, if the name is unknown and the keys could not be read again.
   */
  byId(kid: string): Promise<DataKey | undefined>;
}

interface Loading {
  /** When it was begun. */
  at: number;
  /** When the keys were last read. */
  readAt: number;
  keys: Promise<DataKey[]>;
  /** Why these are the keys from before. */
  failure: unknown;
}

const maxAgeMs = 60 * 60 * 1000;
/** An unknown key name makes the store be read again, at most this often. */
const minReloadMs = 10 * 1000;
/** A key that has been the newest so long ago seals nothing any more. */
export const maxSealingAgeMs = 24 * 60 * 60 * 1000;

/**
 * @throws AppError `misconfigured` from each method if the store holds keys, and none opens.
 */
export function createKeyring(
  store: KeyStore,
  wrappingKey: WrappingKey,
  now: () => number,
): Keyring {
  let loaded: Loading | undefined;
  /** Unwrapped so far: the vault is asked once for each key. */
  const unwrapped = new Map<string, DataKey>();

  function keys(maxAge: number): Promise<DataKey[]> {
    if (loaded && now() - loaded.at < maxAge) return loaded.keys;
    const earlier = loaded;
    const loading: Loading = {
      at: now(),
      readAt: now(),
      failure: undefined,
      // Keys that were good stay good when the store or the vault does not answer.
      keys: loadKeys({ store, wrappingKey, unwrapped, now }).catch((error: unknown) => {
        if (!earlier) throw error;
        loading.failure = error;
        loading.readAt = earlier.readAt;
        return earlier.keys;
      }),
    };
    loading.keys.catch(() => {
      if (loaded === loading) loaded = undefined;
    });
    loaded = loading;
    return loading.keys;
  }

  const find = async (kid: string, maxAge: number) =>
    (await keys(maxAge)).find((key) => key.kid === kid);

  return {
    async current() {
      const newest = (await keys(maxAgeMs)).at(-1);
      if (!newest) throw new AppError('internal', {}, new Error('the keyring is empty'));
      // Long after that it may have been retired.
      if (loaded && now() - loaded.readAt > maxSealingAgeMs) {
        throw new AppError('temporarily_unavailable', {}, loaded.failure);
      }
      return newest;
    },
    async byId(kid) {
      const known = (await find(kid, maxAgeMs)) ?? (await find(kid, minReloadMs));
      // It may be there, and could not be looked for: that is no reason to take rows for lost.
      if (!known && loaded?.failure) throw loaded.failure;
      return known;
    },
  };
}

interface Loader {
  store: KeyStore;
  wrappingKey: WrappingKey;
  unwrapped: Map<string, DataKey>;
  now: () => number;
}

async function loadKeys({ store, wrappingKey, unwrapped, now }: Loader): Promise<DataKey[]> {
  let stored = await store.list();
  if (stored.length === 0) {
    await addKey({ store, wrappingKey, now });
    stored = await store.list();
  }
  const opened = await Promise.all(
    stored.map(async (key) => {
      const name = `${key.kid}|${Buffer.from(key.wrapped).toString('base64')}`;
      const dataKey = unwrapped.get(name) ?? (await unwrap(key, wrappingKey));
      if (dataKey) unwrapped.set(name, dataKey);
      return dataKey;
    }),
  );
  const usable = opened.filter((key) => key !== undefined);
  if (usable.length === 0) {
    throw new AppError('misconfigured', {
      detail:
        'The wrapping key does not open the data keys in storage. Restore the earlier KEY_VAULT_KEY_ID or LOCAL_WRAPPING_KEY, or set the latter as LOCAL_WRAPPING_KEY_PREVIOUS.',
    });
  }
  return usable;
}

/** Makes a new key, named by the day. */
export async function addKey({
  store,
  wrappingKey,
  now,
}: Omit<Loader, 'unwrapped'>): Promise<void> {
  const kid = new Date(now()).toISOString().slice(0, 10);
  const wrapped = await wrappingKey.wrap(randomBytes(32), kid);
  // Another instance may have been first: its key is then ours too.
  await store.add({ kid, ...wrapped }).catch((error: unknown) => {
    if (!(error instanceof ConflictError)) throw error;
  });
}

async function unwrap(key: WrappedKey, wrappingKey: WrappingKey): Promise<DataKey | undefined> {
  const bytes = await wrappingKey.unwrap(key.wrapped, key.kid, key.wrappedBy);
  return bytes && { kid: key.kid, key: createSecretKey(bytes) };
}
