import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumedStateStore } from '../../src/lib/auth/session/ports.ts';
import { days, hours, minutes, startTime } from '../support/clock.ts';

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
  describe(`removal of consumed states on ${name}`, () => {
    let store: ConsumedStateStore;
    /** startTime is half an hour later. */
    const hour = startTime - 30 * minutes;

    beforeEach(async () => {
      store = await create();
    });

    it('has nothing to remove at first', async () => {
      expect(await store.removeBefore(startTime)).toBe(0);
    });

    it('counts and removes states of the hours before', async () => {
      for (const age of [0, 1, hours, days, 400 * days]) {
        await store.consume(`${age}`, hour - 1 - age);
      }
      expect(await store.removeBefore(startTime)).toBe(5);
      expect(await store.removeBefore(startTime)).toBe(0);
    });

    it('forgets what it has removed, and nothing else', async () => {
      await store.consume('old', hour - 1);
      await store.consume('new', hour);
      await store.removeBefore(startTime);
      expect(await store.consume('old', hour - 1)).toBe(true);
      expect(await store.consume('new', hour)).toBe(false);
    });

    it('removes whole hours only', async () => {
      const times = [hour, startTime - 1, startTime, startTime + hours];
      for (const time of times) await store.consume(`${time}`, time);
      expect(await store.removeBefore(startTime)).toBe(0);
      expect(await store.removeBefore(hour + hours - 1)).toBe(0);
      for (const time of times) expect(await store.consume(`${time}`, time)).toBe(false);
      expect(await store.removeBefore(hour + hours)).toBe(3);
    });

    it('removes all of many', async () => {
      const states = Array.from({ length: 150 }, () => store.consume(randomUUID(), hour - 1));
      await Promise.all(states);
      expect(await store.removeBefore(startTime)).toBe(150);
      expect(await store.removeBefore(startTime)).toBe(0);
    });
  });
}
