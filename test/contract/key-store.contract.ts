import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyStore } from '../../src/lib/crypto/key-store.ts';
import { ConflictError, GoneError } from '../../src/lib/errors.ts';

export function describeKeyStore(name: string, create: () => Promise<KeyStore>): void {
  describe(`key store on ${name}`, () => {
    let store: KeyStore;

    beforeEach(async () => {
      store = await create();
    });

    it('is empty at first', async () => {
      expect(await store.list()).toEqual([]);
    });

    it('lists keys in the order of their names', async () => {
      for (const kid of ['2026-03-02', '2026-01-01', '2026-02-01']) await store.add(key(kid));
      const kids = (await store.list()).map(({ kid }) => kid);
      expect(kids).toEqual(['2026-01-01', '2026-02-01', '2026-03-02']);
    });

    it('returns the bytes that were added', async () => {
      const added = key('2026-01-01');
      await store.add(added);
      const [listed] = await store.list();
      expect(listed?.wrappedBy).toBe(added.wrappedBy);
      expect(Buffer.from(listed?.wrapped ?? [])).toEqual(Buffer.from(added.wrapped));
    });

    it('replaces the wrapping of the version that was read, once', async () => {
      for (const kid of ['2026-01-01', '2026-02-01']) await store.add(key(kid));
      const [read, other] = await store.list();
      if (!read) throw new Error('the store lists what was added');
      const attempts = [1, 2].map((n) => ({ ...read, ...key(read.kid), wrappedBy: `local-${n}` }));
      const results = await Promise.allSettled(attempts.map((each) => store.rewrap(each)));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason)).toEqual([expect.any(ConflictError)]);
      const [rewrapped, untouched] = await store.list();
      const written = attempts[results.findIndex(({ status }) => status === 'fulfilled')];
      expect(rewrapped?.wrappedBy).toBe(written?.wrappedBy);
      expect(Buffer.from(rewrapped?.wrapped ?? [])).toEqual(written?.wrapped);
      expect(untouched).toEqual(other);
    });

    it('adds no key by rewrapping', async () => {
      await store.add(key('2026-01-01'));
      const [read] = await store.list();
      if (!read) throw new Error('the store lists what was added');
      const absent = { ...read, kid: '2026-02-01' };
      await expect(store.rewrap(absent)).rejects.toBeInstanceOf(GoneError);
      expect(await store.list()).toHaveLength(1);
    });

    it('is leased to one caller at a time', async () => {
      const hour = 60 * 60_000;
      const taken = await Promise.all(Array.from({ length: 5 }, () => store.lease(hour, 2 * hour)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await store.lease(2 * hour - 1, 3 * hour)).toBe(false);
      const again = await Promise.all([0, 1, 2].map(() => store.lease(2 * hour, 3 * hour)));
      expect(again.filter(Boolean)).toHaveLength(1);
      expect(await store.list()).toEqual([]);
    });

    it('can be leased again once the lease is released', async () => {
      await store.release();
      expect(await store.lease(1000, 2000)).toBe(true);
      await store.release();
      expect(await store.lease(1000, 2000)).toBe(true);
    });

    it('gives a name to one of two keys', async () => {
      const two = [key('2026-01-01'), key('2026-01-01')];
      const results = await Promise.allSettled(two.map((each) => store.add(each)));
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => reason)).toEqual([expect.any(ConflictError)]);
      expect(await store.list()).toHaveLength(1);
    });
  });
}

function key(kid: string) {
  return { kid, wrapped: randomBytes(60), wrappedBy: 'local-1' };
}
