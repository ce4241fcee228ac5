import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WrappingKey } from '../../src/lib/crypto/wrapping-key.ts';

/** @param create two that stand for one key, and one that stands for another. */
export function describeWrappingKey(
  name: string,
  create: () => Promise<{ key: WrappingKey; same: WrappingKey; other: WrappingKey }>,
): void {
  describe(`wrapping key: ${name}`, () => {
    const dataKey = randomBytes(32);
    let keys: Awaited<ReturnType<typeof create>>;

    beforeEach(async () => {
      keys = await create();
    });

    it('opens what it wrapped, wherever it is', async () => {
      const { wrapped, wrappedBy } = await keys.key.wrap(dataKey, 'kid-1');
      for (const key of [keys.key, keys.same]) {
        const opened = await key.unwrap(wrapped, 'kid-1', wrappedBy);
        expect(Buffer.from(opened ?? []).equals(dataKey)).toBe(true);
        expect(await key.currentId()).toBe(wrappedBy);
      }
    });

    it('shows nothing of the data key in what it wrapped', async () => {
      const { wrapped, wrappedBy } = await keys.key.wrap(dataKey, 'kid-1');
      expect(Buffer.from(wrapped).includes(dataKey)).toBe(false);
      expect(wrappedBy).not.toContain(dataKey.toString('hex').slice(0, 8));
      const again = await keys.key.wrap(dataKey, 'kid-1');
      expect(Buffer.from(again.wrapped).equals(Buffer.from(wrapped))).toBe(false);
    });

    it('leaves what another key wrapped to that', async () => {
      const foreign = await keys.other.wrap(dataKey, 'kid-1');
      expect(await keys.key.unwrap(foreign.wrapped, 'kid-1', foreign.wrappedBy)).toBeUndefined();
      expect(await keys.key.currentId()).not.toBe(foreign.wrappedBy);
    });

    it.each(['', 'local-1', 'https://vault.example/keys/x/1', '../keys/x'])(
      'leaves alone what names no key of its own: %j',
      async (wrappedBy) => {
        const { wrapped } = await keys.key.wrap(dataKey, 'kid-1');
        expect(await keys.key.unwrap(wrapped, 'kid-1', wrappedBy)).toBeUndefined();
      },
    );
  });
}
