import { createHash, randomBytes } from 'node:crypto';
import type { DeviceKey } from './ports.ts';

/** A new sign-in's handle, for its client alone, and its key, for the store. */
export function newDeviceHandle(expiresAt: number): { handle: string; key: DeviceKey } {
  const secret = randomBytes(32).toString('base64url');
  const hour = hourOf(expiresAt);
  return { handle: `${hour}.${secret}`, key: { hour, hash: hashOf(secret) } };
}

/** @returns undefined for anything but a handle. */
export function parseDeviceHandle(handle: string): DeviceKey | undefined {
  const [, hour, secret] = /^(\d{4}-\d{2}-\d{2}T\d{2})\.([\w-]{43})$/.exec(handle) ?? [];
  return hour && secret ? { hour, hash: hashOf(secret) } : undefined;
}

/** What a log may call a device sign-in; undefined for anything but a handle. */
export function deviceSignInName(handle: string): string | undefined {
  return parseDeviceHandle(handle)?.hash.slice(0, 12);
}

/** Whether all sign-ins of the key's hour have lapsed. */
export function isPast({ hour }: DeviceKey, now: number): boolean {
  return hour < hourOf(now);
}

function hourOf(time: number): string {
  return new Date(time).toISOString().slice(0, 13);
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
