/** What device sign-in needs from outside. Times are milliseconds since the epoch. */
import type { Versioned } from '../ports.ts';
import type { DeviceAuthorization } from '../tokens/token-client.ts';

/** A device sign-in that is under way, or has ended. */
export type DeviceSignIn = PendingDeviceSignIn | EndedDeviceSignIn;

export interface PendingDeviceSignIn {
  state: 'pending';
  authorization: DeviceAuthorization;
  scopes: readonly string[];
  /** When the codes lapse. */
  expiresAt: number;
  /** Milliseconds between polls. */
  intervalMs: number;
  /** No poll before this time. */
  pollAfter: number;
}

/** There is nothing more to be had. */
export interface EndedDeviceSignIn {
  state: 'ended';
}

/** Where a device sign-in is: what the handle tells, its secret hashed. */
export interface DeviceKey {
  /** UTC hour in which the codes lapse, `yyyy-mm-ddThh`. */
  hour: string;
  /** SHA-256 of the handle's secret, hex. */
  hash: string;
}

/** Device sign-ins. One that can't be opened counts as absent. Errors as TokenStore. */
export interface DeviceStore {
  create(key: DeviceKey, signIn: PendingDeviceSignIn): Promise<void>;
  read(key: DeviceKey): Promise<Versioned<DeviceSignIn> | undefined>;
  /**
   * Changes when to poll. The codes stay sealed as they are.
   *
   * @returns the new version.
   * @throws ConflictError if the version is another by now, GoneError if the sign-in is gone.
   */
  schedule(
    key: DeviceKey,
    version: string,
    next: Pick<PendingDeviceSignIn, 'pollAfter' | 'intervalMs'>,
  ): Promise<string>;
  /** Ends the sign-in and forgets its codes; does nothing if it is gone. */
  end(key: DeviceKey): Promise<void>;
  /** Deletes what lapsed before the hour of a time. @returns how many. */
  removeBefore(time: number): Promise<number>;
}
