import type { DeviceKey, DeviceSignIn, DeviceStore } from '../../../src/lib/auth/device/ports.ts';
import { ConflictError, GoneError } from '../../../src/lib/errors.ts';

export function createMemoryDeviceStore(): DeviceStore {
  const rows = new Map<string, { hour: string; signIn: DeviceSignIn; version: number }>();
  const nameOf = ({ hour, hash }: DeviceKey) => `${hour}|${hash}`;
  return {
    async create(key, signIn) {
      rows.set(nameOf(key), { hour: key.hour, signIn, version: 1 });
    },
    async read(key) {
      const row = rows.get(nameOf(key));
      return row && { ...row.signIn, version: String(row.version) };
    },
    async schedule(key, version, next) {
      const row = rows.get(nameOf(key));
      if (!row) throw new GoneError('no such sign-in');
      if (String(row.version) !== version) throw new ConflictError('another version');
      row.version += 1;
      row.signIn = { ...row.signIn, ...next };
      return String(row.version);
    },
    async end(key) {
      const row = rows.get(nameOf(key));
      if (!row) return;
      row.version += 1;
      row.signIn = { state: 'ended' };
    },
    async removeBefore(time) {
      const before = new Date(time).toISOString().slice(0, 13);
      const old = [...rows].filter(([, { hour }]) => hour < before);
      for (const [name] of old) rows.delete(name);
      return old.length;
    },
  };
}
