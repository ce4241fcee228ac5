import { randomBytes } from 'node:crypto';
import { dayOf } from '../basics/time-text.ts';
import { AppError, ConflictError, UnusableError } from '../errors.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import { type KeyLog, rewrap } from './rewrap.ts';
import type { DataKey } from './seal.ts';
import { asAppError, createUnwrapper, type Unwrapped } from './unwrapped-keys.ts';
import type { WrappingKey } from './wrapping-key.ts';

/** The data keys, unwrapped and cached in memory. */
export interface Keyring {
  /**
   * The key that seals: the newest that this process can unwrap, among those in use. The first call
   * on an empty store makes a key.
   */
  current(): Promise<DataKey>;
  /**
   * Returns the key of that name, or undefined if none exists.
   *
   * @throws UnusableError if the key exists, or may exist, and can't be unwrapped now; AppError if
   *   the store does not answer.
   */
  byId(kid: string): Promise<DataKey | undefined>;
  /** Waits for rewrapping that is under way. @throws AppError if a wrapping key can't be used. */
  check(): Promise<void>;
  /**
   * Adds a key if the newest is a month old, and rewraps keys that another wrapping key wrapped. Any
   * instance may call it at any time.
   *
   * @throws AppError if the store does not answer.
   */
  rotate(): Promise<void>;
}

export interface KeyringDependencies {
  store: KeyStore;
  wrappingKey: WrappingKey;
  now: () => number;
  log: KeyLog;
}

interface Loading {
  startedAt: number;
  /** Every key, sorted by name. There is at least one. */
  keys: Promise<StoredKey[]>;
  /** Settles when rewrapping after this read is over. Never rejects. */
  rewrapped: Promise<void>;
  /** The store's error, if `keys` are those of the read before. */
  failure: unknown;
  /** Whether the store is to be read again soon: a key can't be used, or is still to be rewrapped. */
  isUnfinished: boolean;
}

const hourMs = 60 * 60 * 1000;
const maxAgeMs = hourMs;
/** An unknown key name makes the process read the store again, at most this often. */
const minReloadMs = 10 * 1000;
const rotateAfterMs = 30 * 24 * hourMs;
/**
 * Keys that are unwrapped with each read of the store, so that they stay usable whatever happens to
 * the wrapping key. Older ones are unwrapped on demand. Rows in use are resealed at least every 85
 * days, so these are all that they need, and a start causes few requests to the vault.
 */
const keysInUse = 4;

/** Makes a keyring. Nothing is read before the first call. */
export function createKeyring(dependencies: KeyringDependencies): Keyring {
  const { store, now, log } = dependencies;
  const open = createUnwrapper(dependencies.wrappingKey);
  /** When this process saw that another one had rewrapped a key. */
  const rewrappedAt = new Map<string, number>();
  const warn = createWarnOnce(log);
  let last: StoredKey[] = [];
  let loaded: Loading | undefined;

  function load(maxAge: number): Promise<StoredKey[]> {
    const stays = loaded?.isUnfinished ? Math.min(maxAge, minReloadMs) : maxAge;
    if (loaded && now() - loaded.startedAt < stays) return loaded.keys;
    loaded = startLoading(loaded);
    return loaded.keys;
  }

  function startLoading(earlier: Loading | undefined): Loading {
    const keys = readKeys().catch((error: unknown) => {
      // The keys in memory stay usable while the store does not answer.
      if (!earlier) throw error;
      loading.failure = error;
      return earlier.keys;
    });
    const loading: Loading = {
      startedAt: now(),
      keys,
      rewrapped: keys.then(
        () => finish(loading),
        () => {
          if (loaded === loading) loaded = undefined;
        },
      ),
      failure: undefined,
      isUnfinished: false,
    };
    return loading;
  }

  async function readKeys(): Promise<StoredKey[]> {
    let stored = await store.list();
    if (stored.length === 0) {
      await addKey(dependencies);
      stored = await store.list();
    }
    for (const { kid, wrappedBy } of stored) {
      const before = last.find((key) => key.kid === kid);
      if (before && before.wrappedBy !== wrappedBy) rewrappedAt.set(kid, now());
    }
    // Copies, which are new to `open`: it tries again what failed after the read before.
    last = stored.map((key) => ({ ...key }));
    await Promise.all(last.slice(-keysInUse).map(openOrRetrySoon));
    return last;
  }

  async function openOrRetrySoon(stored: StoredKey): Promise<Unwrapped> {
    const opened = await open(stored);
    if (opened.failure) warn('data-key-not-unwrapped', opened.failure, stored);
    if (!opened.key && loaded) loaded.isUnfinished = true;
    return opened;
  }

  async function finish(loading: Loading): Promise<void> {
    if (loading.failure !== undefined) return;
    // Another instance that has just rewrapped a key with its own wrapping key is newer than this.
    const isSettled = ({ kid }: StoredKey) => now() - (rewrappedAt.get(kid) ?? 0) >= maxAgeMs;
    const unwrap = async (stored: StoredKey) => {
      const { key, failure } = await openOrRetrySoon(stored);
      return failure ? undefined : key;
    };
    try {
      const isDone = await rewrap({ ...dependencies, unwrap }, last.filter(isSettled));
      if (!isDone) loading.isUnfinished = true;
    } catch (error) {
      warn('data-keys-not-rewrapped', error);
    }
  }

  /** Whether another instance may have made a key of that name since the last read. */
  async function mayBeNew(kid: string): Promise<boolean> {
    const newest = (await load(maxAgeMs)).at(-1)?.kid ?? '';
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(kid);
    return isDay && kid > newest && Date.parse(kid) <= now() + hourMs;
  }

  return {
    async current() {
      const keys = await load(maxAgeMs);
      let failure: AppError | undefined;
      for (const stored of keys.slice(-keysInUse).toReversed()) {
        const opened = await openOrRetrySoon(stored);
        if (opened.key) return opened.key;
        failure ??= opened.failure;
      }
      throw failure ?? new AppError('internal');
    },

    async byId(kid) {
      const find = async (maxAge: number) => {
        const stored = (await load(maxAge)).find((key) => key.kid === kid);
        return stored && openOrRetrySoon(stored);
      };
      let found = await find(maxAgeMs);
      if (!found?.key) found = await find(minReloadMs);
      if (found?.key) return found.key;
      if (found?.failure) throw new UnusableError('key', found.failure);
      // Nobody could look for the key: it may exist, so its rows must not count as lost.
      if (loaded?.failure) throw loaded.failure;
      if (await mayBeNew(kid)) {
        throw new UnusableError('key', new AppError('temporarily_unavailable'));
      }
      return undefined;
    },

    async check() {
      const keys = await load(maxAgeMs);
      // Those in use, and one that each other wrapping key has wrapped.
      const samples = new Map(keys.map((key) => [key.wrappedBy, key])).values();
      const opened = [...samples, ...keys.slice(-keysInUse)].map(openOrRetrySoon);
      for (const { key, failure } of await Promise.all(opened)) if (!key && failure) throw failure;
      await loaded?.rewrapped;
    },

    async rotate() {
      const newest = (await load(0)).at(-1)?.kid;
      if (loaded?.failure) throw loaded.failure;
      const isOver = newest !== undefined && now() - Date.parse(newest) >= rotateAfterMs;
      if (isOver && (await addKey(dependencies))) {
        log.info('data-key-added', { after: newest });
        await load(0);
      }
      await loaded?.rewrapped;
    },
  };
}

/** Logs what an operator has to do something about, once for each process and wrapped key. */
function createWarnOnce(log: KeyLog) {
  const said = new Set<string>();
  return (event: string, error: unknown, { kid, wrappedBy }: Partial<StoredKey> = {}): void => {
    const { code, public: shown } = asAppError(error);
    const name = [event, code, kid, wrappedBy].join('|');
    if (code === 'temporarily_unavailable' || said.has(name)) return;
    said.add(name);
    log.warn(event, { kid, wrappedBy, code, detail: shown.detail });
  };
}

/** Makes a key, named after today. @returns false if there is one of today. */
async function addKey({ store, wrappingKey, now }: KeyringDependencies): Promise<boolean> {
  const kid = dayOf(now());
  const wrapped = await wrappingKey.wrap(randomBytes(32), kid);
  try {
    await store.add({ kid, ...wrapped });
    return true;
  } catch (error) {
    // Another instance was first. Its key is ours too.
    if (error instanceof ConflictError) return false;
    throw error;
  }
}
