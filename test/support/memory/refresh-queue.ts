import type { DueMark } from '../../../src/lib/auth/ports.ts';
import type { RefreshQueue } from '../../../src/lib/auth/refresh/ports.ts';

export interface MemoryRefreshQueue extends RefreshQueue {
  /** Takes all messages off the queue. */
  take(): DueMark[];
}

export function createMemoryRefreshQueue(): MemoryRefreshQueue {
  const messages: DueMark[] = [];
  return {
    async send(marks) {
      messages.push(...marks);
    },
    depth: async () => messages.length,
    take: () => messages.splice(0),
  };
}
