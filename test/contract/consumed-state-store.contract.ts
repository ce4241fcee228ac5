import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConsumedStateStore } from '../../src/lib/auth/ports.ts';
import { startTime } from '../support/clock.ts';

export function describeConsumedStateStore(
  name: string,
  create: () => Promise<ConsumedStateStore>,
): void {
  describe(`consumed-state store on ${name}`, () => {
    let store: ConsumedStateStore;

    beforeAll(async () => {
      store = await create();
    });

    it('lets a state be used once', async () => {
      const state = randomUUID();
      expect(await store.consume(state, startTime)).toBe(true);
      expect(await store.consume(state, startTime)).toBe(false);
    });

    it('lets one of many copies through', async () => {
      const state = randomUUID();
      const copies = Array.from({ length: 20 }, () => store.consume(state, startTime));
      expect((await Promise.all(copies)).filter(Boolean)).toHaveLength(1);
    });

    it('keeps states apart', async () => {
      const states = Array.from({ length: 20 }, () => store.consume(randomUUID(), startTime));
      expect(await Promise.all(states)).not.toContain(false);
    });

    it('takes a state of any text', async () => {
      const state = `/\\#?\u0000ü${'x'.repeat(2000)}${randomUUID()}`;
      expect(await store.consume(state, startTime)).toBe(true);
      expect(await store.consume(state, startTime)).toBe(false);
    });
  });
}
