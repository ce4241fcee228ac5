import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  DeviceKey,
  DeviceStore,
  PendingDeviceSignIn,
} from '../../src/lib/auth/device/ports.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';
import { days, hours, minutes, seconds, startTime } from '../support/clock.ts';

export function describeDeviceStore(name: string, create: () => Promise<DeviceStore>): void {
  describe(`device store on ${name}`, () => {
    let store: DeviceStore;
    let key: DeviceKey;

    beforeAll(async () => {
      store = await create();
    });

    beforeEach(async () => {
      key = newDeviceKey();
      await store.create(key, deviceSignIn);
    });

    it('reads what was created', async () => {
      expect(await store.read(key)).toEqual({ ...deviceSignIn, version: expect.any(String) });
    });

    it('has nothing for an unknown key, and nothing under another hour', async () => {
      expect(await store.read(newDeviceKey())).toBeUndefined();
      expect(await store.read({ ...key, hour: '2026-03-14T10' })).toBeUndefined();
    });

    it('keeps sign-ins apart', async () => {
      const other = newDeviceKey();
      const authorization = { ...deviceSignIn.authorization, deviceCode: 'device-code-2' };
      await store.create(other, { ...deviceSignIn, authorization });
      await store.end(key);
      expect(await store.read(other)).toMatchObject({ state: 'pending', authorization });
    });

    it('changes when to poll, and nothing else', async () => {
      const version = await versionIn(store, key);
      const next = { pollAfter: startTime + 10 * seconds, intervalMs: 10 * seconds };
      const scheduled = await store.schedule(key, version, next);
      expect(scheduled).not.toBe(version);
      expect(await store.read(key)).toEqual({ ...deviceSignIn, ...next, version: scheduled });
    });

    it('changes it again, from the version that the last change gave', async () => {
      const next = { pollAfter: startTime + 10 * seconds, intervalMs: 10 * seconds };
      const second = await store.schedule(key, await versionIn(store, key), next);
      const later = { pollAfter: startTime + 20 * seconds, intervalMs: 15 * seconds };
      const third = await store.schedule(key, second, later);
      expect(await store.read(key)).toEqual({ ...deviceSignIn, ...later, version: third });
    });

    it('changes nothing that has another version by now', async () => {
      const version = await versionIn(store, key);
      const current = await store.schedule(key, version, deviceSignIn);
      const late = store.schedule(key, version, { pollAfter: 0, intervalMs: 1 });
      await expect(late).rejects.toBeInstanceOf(ConflictError);
      expect(await store.read(key)).toEqual({ ...deviceSignIn, version: current });
    });

    it('lets one of many changes through', async () => {
      const version = await versionIn(store, key);
      const changes = Array.from({ length: 10 }, () => store.schedule(key, version, deviceSignIn));
      const settled = await Promise.allSettled(changes);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    it('changes nothing that is not there', async () => {
      const version = await versionIn(store, key);
      const unknown = newDeviceKey();
      const change = store.schedule(unknown, version, deviceSignIn);
      await expect(change).rejects.toBeInstanceOf(GoneError);
      expect(await store.read(unknown)).toBeUndefined();
    });

    it('ends a sign-in, twice as once, and has its codes no more', async () => {
      await store.end(key);
      await store.end(key);
      expect(await store.read(key)).toEqual({ state: 'ended', version: expect.any(String) });
    });

    it('ends a sign-in whatever its version', async () => {
      await store.schedule(key, await versionIn(store, key), deviceSignIn);
      await store.end(key);
      expect(await store.read(key)).toMatchObject({ state: 'ended' });
    });

    it('does not bring a sign-in back that has ended', async () => {
      const version = await versionIn(store, key);
      await store.end(key);
      const late = store.schedule(key, version, deviceSignIn);
      await expect(late).rejects.toBeInstanceOf(ConflictError);
      expect(await store.read(key)).toMatchObject({ state: 'ended' });
    });

    it('ends nothing that is not there', async () => {
      const unknown = newDeviceKey();
      await store.end(unknown);
      expect(await store.read(unknown)).toBeUndefined();
    });
  });

  describe(`removal of device sign-ins on ${name}`, () => {
    let store: DeviceStore;

    beforeEach(async () => {
      store = await create();
    });

    async function createIn(...hoursOfKeys: string[]): Promise<DeviceKey[]> {
      const keys = hoursOfKeys.map((hour) => newDeviceKey(hour));
      await Promise.all(keys.map((key) => store.create(key, deviceSignIn)));
      return keys;
    }

    async function areThere(keys: readonly DeviceKey[]): Promise<boolean[]> {
      const read = await Promise.all(keys.map((key) => store.read(key)));
      return read.map((signIn) => signIn !== undefined);
    }

    it('has nothing to remove at first', async () => {
      expect(await store.removeBefore(startTime)).toBe(0);
    });

    it('counts and removes those of the hours before, and no others', async () => {
      const old = await createIn('2025-12-31T23', '2026-03-13T09', '2026-03-14T08');
      const kept = await createIn('2026-03-14T09', '2026-03-14T10', '2026-03-15T00');
      expect(await store.removeBefore(startTime)).toBe(3);
      expect(await areThere(old)).toEqual([false, false, false]);
      expect(await areThere(kept)).toEqual([true, true, true]);
      expect(await store.removeBefore(startTime)).toBe(0);
    });

    it('removes whole hours only', async () => {
      const keys = await createIn('2026-03-14T09', '2026-03-14T09');
      const nextHour = startTime + 30 * minutes;
      expect(await store.removeBefore(nextHour - 1)).toBe(0);
      expect(await areThere(keys)).toEqual([true, true]);
      expect(await store.removeBefore(nextHour)).toBe(2);
    });

    it('removes those that have ended too', async () => {
      const [key = newDeviceKey()] = await createIn('2026-03-14T08');
      await store.end(key);
      expect(await store.removeBefore(startTime)).toBe(1);
      expect(await store.read(key)).toBeUndefined();
    });

    it('removes all of many', async () => {
      await createIn(...Array.from({ length: 150 }, () => '2026-03-14T08'));
      expect(await store.removeBefore(startTime + days)).toBe(150);
    });

    it('leaves nothing that could be changed', async () => {
      const [key = newDeviceKey()] = await createIn('2026-03-14T08');
      const version = await versionIn(store, key);
      await store.removeBefore(startTime + hours);
      const late = store.schedule(key, version, deviceSignIn);
      await expect(late).rejects.toBeInstanceOf(GoneError);
    });
  });
}

export const deviceSignIn: PendingDeviceSignIn = {
  state: 'pending',
  authorization: {
    deviceCode: 'secret-device-code-1',
    userCode: 'WXYZ-2345',
    verificationUri: 'https://login.example/device',
    expiresIn: 900,
    interval: 5,
  },
  scopes: ['User.Read', 'Mail.Read'],
  expiresAt: startTime + 15 * minutes,
  intervalMs: 5 * seconds,
  pollAfter: startTime,
};

export function newDeviceKey(hour = '2026-03-14T09'): DeviceKey {
  return { hour, hash: randomBytes(32).toString('hex') };
}

async function versionIn(store: DeviceStore, key: DeviceKey): Promise<string> {
  const signIn = await store.read(key);
  if (!signIn) throw new Error('the sign-in is not there');
  return signIn.version;
}
