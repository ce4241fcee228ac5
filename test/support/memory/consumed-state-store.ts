import type { ConsumedStateStore } from '../../../src/lib/auth/session/ports.ts';

const hourMs = 60 * 60 * 1000;

export function createMemoryConsumedStateStore(): ConsumedStateStore {
  /** When the states' authorization requests were made. */
  const consumed = new Map<string, number>();
  return {
    async consume(state, createdAt) {
      const first = !consumed.has(state);
      if (first) consumed.set(state, createdAt);
      return first;
    },
    async removeBefore(time) {
      const hour = Math.floor(time / hourMs) * hourMs;
      const old = [...consumed].filter(([, createdAt]) => createdAt < hour);
      for (const [state] of old) consumed.delete(state);
      return old.length;
    },
  };
}
