import { createSecretKey, randomBytes } from 'node:crypto';
import { mapBounded } from '../basics/lists.ts';
import { AppError, ConflictError, UnusableError } from '../errors.ts';
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
  /** Makes a lease that was taken last longer. */
  extendLease(until: number): Promise<void>;
}

/** The data keys, unwrapped and cached in memory. */
export interface Keyring {
  /**
   * The key that seals: the newest. Made at the first call on an empty store. While that one can't
   * be opened its predecessor seals, for a time in which it is not retired.
   */
  current(): Promise<DataKey>;
  /**
   * A key by name, or undefined if there is none of that name.
   *
   * @throws UnusableError if there is one, or may be one, that can't be opened now; AppError if the
   *   store does not say.
   */
  byId(kid: string): Promise<DataKey | undefined>;
  /** @throws AppError if any key can't be opened. */
  check(): Promise<void>;
}

/** What is in the store: a key, or why it can't be opened. */
type Opened = { kid: string } & ({ key: DataKey } | { failure: AppError });

interface Loading {
  /** When it was begun. */
  at: number;
  /** When the store was last read. */
  readAt: number;
  keys: Promise<Opened[]>;
  /** Why these are the keys from before. */
  failure: unknown;
  /** Whether some can't be opened: they are tried again soon. */
  isPartial: boolean;
}

const hourMs = 60 * 60 * 1000;
const maxAgeMs = hourMs;
/** An unknown key name makes the store be read again, at most this often. */
const minReloadMs = 10 * 1000;
/** Who has not read the store for so long seals nothing more. */
const maxSealingAgeMs = 24 * hourMs;
/** So long after the day of its successor a key may still seal, where that can't be opened. */
const maxPrecedingMs = 48 * hourMs;
/** Milliseconds after the day of its successor at which nobody can seal with a key any more. */
export const settledAfterMs = 2 * maxPrecedingMs;

/** Keys are named by the day on which they were made. */
export function dayOfKey(kid: string): number {
  return Date.parse(kid);
}

export function createKeyring(
  store: KeyStore,
  wrappingKey: WrappingKey,
  now: () => number,
): Keyring {
  let loaded: Loading | undefined;
  /** Unwrapped so far: the vault is asked once for each key. */
  const unwrapped = new Map<string, DataKey>();

  function load(maxAge: number): Promise<Opened[]> {
    const stays = loaded?.isPartial ? Math.min(maxAge, minReloadMs) : maxAge;
    if (loaded && now() - loaded.at < stays) return loaded.keys;
    const earlier = loaded;
    const loading: Loading = {
      at: now(),
      readAt: now(),
      failure: undefined,
      isPartial: false,
      // Keys that were good stay good when the store does not answer.
      keys: loadKeys({ store, wrappingKey, unwrapped, now }).catch((error: unknown) => {
        if (!earlier) throw error;
        loading.failure = error;
        loading.readAt = earlier.readAt;
        return earlier.keys;
      }),
    };
    loading.keys.then(
      (keys) => {
        loading.isPartial = keys.some((key) => 'failure' in key);
      },
      () => {
        if (loaded === loading) loaded = undefined;
      },
    );
    loaded = loading;
    return loading.keys;
  }

  /** A key of another instance's making that there was no time to read. */
  async function mayBeNew(kid: string): Promise<boolean> {
    const newest = (await load(maxAgeMs)).at(-1)?.kid ?? '';
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(kid);
    return isDay && kid > newest && dayOfKey(kid) <= now() + hourMs;
  }

  return {
    async current() {
      const keys = await load(maxAgeMs);
      if (loaded && now() - loaded.readAt > maxSealingAgeMs) {
        throw new AppError('temporarily_unavailable', {}, loaded.failure);
      }
      return sealingKey(keys, now());
    },

    async byId(kid) {
      const find = async (maxAge: number) => (await load(maxAge)).find((key) => key.kid === kid);
      let known = await find(maxAgeMs);
      // What can't be opened is tried again, as is what is not known.
      if (!known || 'failure' in known) known = await find(minReloadMs);
      if (known) {
        if ('failure' in known) throw new UnusableError('key', known.failure);
        return known.key;
      }
      // It may be there, and could not be looked for: that is no reason to take rows for lost.
      if (loaded?.failure) throw loaded.failure;
      if (await mayBeNew(kid)) {
        throw new UnusableError('key', new AppError('temporarily_unavailable'));
      }
      return undefined;
    },

    async check() {
      for (const key of await load(maxAgeMs)) if ('failure' in key) throw key.failure;
    },
  };
}

/** The newest that can be opened, if it is the newest, or its successor is of these days. */
function sealingKey(keys: readonly Opened[], now: number): DataKey {
  for (const [at, opened] of [...keys.entries()].reverse()) {
    const successor = keys[at + 1];
    const isSettled = successor && now - dayOfKey(successor.kid) >= maxPrecedingMs;
    if ('key' in opened && !isSettled) return opened.key;
    if (isSettled) break;
  }
  const newest = keys.at(-1);
  throw newest && 'failure' in newest ? newest.failure : new AppError('internal');
}

interface Loader {
  store: KeyStore;
  wrappingKey: WrappingKey;
  unwrapped: Map<string, DataKey>;
  now: () => number;
}

async function loadKeys({ store, wrappingKey, unwrapped, now }: Loader): Promise<Opened[]> {
  let stored = await store.list();
  if (stored.length === 0) {
    await addKey({ store, wrappingKey, now });
    stored = await store.list();
  }
  return mapBounded(stored, async (key): Promise<Opened> => {
    const name = `${key.kid}|${Buffer.from(key.wrapped).toString('base64')}`;
    try {
      const dataKey = unwrapped.get(name) ?? (await unwrap(key, wrappingKey));
      unwrapped.set(name, dataKey);
      return { kid: key.kid, key: dataKey };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { kid: key.kid, failure: error };
    }
  });
}

/** Makes a new key, named by the day. @returns false if there is one of that day. */
export async function addKey({
  store,
  wrappingKey,
  now,
}: Omit<Loader, 'unwrapped'>): Promise<boolean> {
  const kid = new Date(now()).toISOString().slice(0, 10);
  const wrapped = await wrappingKey.wrap(randomBytes(32), kid);
  try {
    await store.add({ kid, ...wrapped });
    return true;
  } catch (error) {
    // Another instance may have been first: its key is then ours too.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

/** @throws AppError */
async function unwrap(key: WrappedKey, wrappingKey: WrappingKey): Promise<DataKey> {
  const bytes = await wrappingKey.unwrap(key.wrapped, key.kid, key.wrappedBy);
  if (bytes) return { kid: key.kid, key: createSecretKey(bytes) };
  throw new AppError('misconfigured', {
    detail:
      'The wrapping key does not open all data keys in storage. Restore the earlier KEY_VAULT_KEY_ID or LOCAL_WRAPPING_KEY, or set the latter as LOCAL_WRAPPING_KEY_PREVIOUS.',
  });
}
