import type { ConsumedStateStore } from '../../../src/lib/auth/ports.ts';

export function createMemoryConsumedStateStore(): ConsumedStateStore {
  const consumed = new Set<string>();
  return {
    async consume(state) {
      const first = !consumed.has(state);
      consumed.add(state);
      return first;
    },
  };
}
