import { createSecretKey } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { StoredKey } from './key-store.ts';
import type { DataKey } from './seal.ts';
import type { WrappingKey } from './wrapping-key.ts';

/** What came of unwrapping a stored key: at least one of the two. */
export interface Unwrapped {
  /** May be remembered from an earlier wrapping, if this one fails. */
  key: DataKey | undefined;
  failure: AppError | undefined;
}

/** Unwraps each wrapped key once. A failure is remembered for that object. Never rejects. */
export function createUnwrapper(wrappingKey: WrappingKey) {
  const entries = new Map<string, { stored: StoredKey; opened: Promise<Unwrapped> }>();

  async function openAfter(
    stored: StoredKey,
    before: { stored: StoredKey; opened: Promise<Unwrapped> } | undefined,
  ): Promise<Unwrapped> {
    const known = await before?.opened;
    if (before && known && !known.failure && isSame(before.stored, stored)) return known;
    try {
      return { key: await unwrap(stored, wrappingKey), failure: undefined };
    } catch (error) {
      // A newer instance may have rewrapped the key with a wrapping key that only it knows.
      return { key: known?.key, failure: asAppError(error) };
    }
  }

  return (stored: StoredKey): Promise<Unwrapped> => {
    const before = entries.get(stored.kid);
    if (before?.stored === stored) return before.opened;
    const opened = openAfter(stored, before);
    entries.set(stored.kid, { stored, opened });
    return opened;
  };
}

export function asAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', {}, error);
}

function isSame(one: StoredKey, other: StoredKey): boolean {
  return one.wrappedBy === other.wrappedBy && Buffer.compare(one.wrapped, other.wrapped) === 0;
}

/** @throws AppError */
async function unwrap(stored: StoredKey, wrappingKey: WrappingKey): Promise<DataKey> {
  const bytes = await wrappingKey.unwrap(stored.wrapped, stored.kid, stored.wrappedBy);
  if (bytes) return { kid: stored.kid, key: createSecretKey(bytes) };
  throw new AppError('misconfigured', {
    detail:
      'The wrapping key does not open all data keys in storage. Restore the earlier KEY_VAULT_KEY_ID or LOCAL_WRAPPING_KEY, or set the latter as LOCAL_WRAPPING_KEY_PREVIOUS.',
  });
}
