import type { Heartbeat, HeartbeatStore } from '../../../src/lib/auth/ports.ts';

export function createMemoryHeartbeatStore(): HeartbeatStore {
  let last: Heartbeat | undefined;
  return {
    async write(heartbeat) {
      last = { ...heartbeat };
    },
    read: async () => last,
  };
}
