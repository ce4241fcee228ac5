import { beforeAll, describe, expect, it } from 'vitest';
import type { HeartbeatStore } from '../../src/lib/auth/ports.ts';
import { startTime } from '../support/clock.ts';

export function describeHeartbeatStore(name: string, create: () => Promise<HeartbeatStore>): void {
  describe(`heartbeat store on ${name}`, () => {
    let store: HeartbeatStore;

    beforeAll(async () => {
      store = await create();
    });

    it('has nothing before the first sweep, then the last one', async () => {
      expect(await store.read()).toBeUndefined();
      await store.write({ at: startTime, due: 3, enqueued: 2, durationMs: 12 });
      const last = { at: startTime + 60_000, due: 0, enqueued: 0, durationMs: 1.5 };
      await store.write(last);
      expect(await store.read()).toEqual(last);
    });
  });
}
