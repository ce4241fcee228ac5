import type { DueMark, RefreshQueue } from '../../../src/lib/auth/ports.ts';

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
    take: () => messages.splice(0),
  };
}
