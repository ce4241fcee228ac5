/** A data key as it is stored. */
export interface WrappedKey {
  /** The day on which the key was made, as `2026-03-13`. */
  kid: string;
  wrapped: Uint8Array;
  /** Name of the wrapping key that wrapped it. */
  wrappedBy: string;
}

/** A data key and the version of its row. */
export interface StoredKey extends WrappedKey {
  etag: string;
}

/** The wrapped data keys, shared by all instances. A data key is never deleted. */
export interface KeyStore {
  /** Returns every key, sorted by name. */
  list(): Promise<StoredKey[]>;
  /** Adds a key. @throws ConflictError if the name is taken. */
  add(key: WrappedKey): Promise<void>;
  /**
   * Replaces `wrapped` and `wrappedBy` of a key.
   *
   * @throws ConflictError if the row has changed since it was read, GoneError if it was deleted.
   */
  rewrap(key: StoredKey): Promise<void>;
  /**
   * Takes the lease on rewrapping. At most one caller holds it at a time.
   *
   * @returns false if another caller holds the lease.
   */
  lease(now: number, until: number): Promise<boolean>;
  /** Gives the lease up, whoever holds it. */
  release(): Promise<void>;
}
