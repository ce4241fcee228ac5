import { mapBounded } from '../basics/lists.ts';
import { AppError, ConflictError, GoneError } from '../errors.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import type { DataKey } from './seal.ts';
import type { WrappingKey } from './wrapping-key.ts';

/** The part of a log that this folder writes to. */
export interface KeyLog {
  info(event: string, fields: Record<string, unknown>): void;
  warn(event: string, fields: Record<string, unknown>): void;
}

export interface RewrapDependencies {
  store: Pick<KeyStore, 'rewrap' | 'lease' | 'release'>;
  wrappingKey: Pick<WrappingKey, 'currentId' | 'wrap'>;
  now: () => number;
  log: KeyLog;
  /** Unwraps what is stored. Returns undefined if this process can't. */
  unwrap: (stored: StoredKey) => Promise<DataKey | undefined>;
}

/**
 * The lease saves the other instances the work. It may run out early, or be held by a process that
 * has died: the ETags alone decide which write counts.
 */
const leaseMs = 10_000;

/**
 * Wraps data keys with the current wrapping key if another one wrapped them, so that the other one
 * can be taken away. Each key is replaced on its own: after a crash the next call does the rest.
 *
 * @returns false if keys are left that are worth another attempt soon.
 * @throws AppError if it can't be known which keys to rewrap, or an operator has to do something.
 */
export async function rewrap(
  dependencies: RewrapDependencies,
  keys: readonly StoredKey[],
): Promise<boolean> {
  const { store, wrappingKey, now, log } = dependencies;
  const wrappedBy = await wrappingKey.currentId();
  const outdated = keys.filter((key) => key.wrappedBy !== wrappedBy);
  if (outdated.length === 0) return true;
  if (!(await store.lease(now(), now() + leaseMs))) return false;
  const results = await mapBounded(outdated, (key) => rewrapOne(dependencies, key));
  // If this fails, the lease runs out by itself.
  await store.release().catch(() => undefined);

  const count = results.filter((result) => result === 'rewrapped').length;
  if (count > 0) log.info('data-keys-rewrapped', { count, wrappedBy });
  const failures = results.filter((result) => typeof result === 'object');
  for (const { error } of failures) if (!isTemporary(error)) throw error;
  return failures.length === 0;
}

async function rewrapOne(
  { store, wrappingKey, unwrap }: RewrapDependencies,
  stored: StoredKey,
): Promise<'rewrapped' | 'closed' | { error: unknown }> {
  try {
    const dataKey = await unwrap(stored);
    if (!dataKey) return 'closed';
    const wrapped = await wrappingKey.wrap(dataKey.key.export(), stored.kid);
    await store.rewrap({ ...stored, ...wrapped });
    return 'rewrapped';
  } catch (error) {
    return { error };
  }
}

/** After a conflict, too, the next attempt may succeed: it reads what the other instance wrote. */
function isTemporary(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'temporarily_unavailable';
  return error instanceof ConflictError || error instanceof GoneError;
}
