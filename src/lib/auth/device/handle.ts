import { hourOf } from '../../basics/time-text.ts';
import { newBucketedSecret, parseBucketedSecret } from '../session/bucketed-secret.ts';
import type { DeviceKey } from './ports.ts';

/** A new sign-in's handle, for its client alone, and its key, for the store. */
export function newDeviceHandle(expiresAt: number): { handle: string; key: DeviceKey } {
  const hour = hourOf(expiresAt);
  const { secret, hash } = newBucketedSecret(hour);
  return { handle: secret, key: { hour, hash } };
}

/** @returns undefined for anything but a handle. */
export function parseDeviceHandle(handle: string): DeviceKey | undefined {
  const parsed = parseBucketedSecret(handle, /^\d{4}-\d{2}-\d{2}T\d{2}$/);
  return parsed && { hour: parsed.bucket, hash: parsed.hash };
}

/** What a log may call a device sign-in; undefined for anything but a handle. */
export function deviceSignInName(handle: string): string | undefined {
  return parseDeviceHandle(handle)?.hash.slice(0, 12);
}

/** Whether all sign-ins of the key's hour have lapsed. */
export function isPast({ hour }: DeviceKey, now: number): boolean {
  return hour < hourOf(now);
}
