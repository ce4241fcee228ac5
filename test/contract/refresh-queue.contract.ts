import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark } from '../../src/lib/auth/ports.ts';
import type { RefreshQueue } from '../../src/lib/auth/refresh/ports.ts';
import { startTime } from '../support/clock.ts';
import { newUser } from '../support/token-records.ts';

export interface RefreshQueueSubject {
  queue: RefreshQueue;
  /** Takes all messages off the queue. */
  take(): Promise<DueMark[]>;
}

export function describeRefreshQueue(
  name: string,
  create: () => Promise<RefreshQueueSubject>,
): void {
  describe(`refresh queue on ${name}`, () => {
    let subject: RefreshQueueSubject;

    beforeAll(async () => {
      subject = await create();
    });

    it('hands over every mark, whole', async () => {
      const marks = marksFor(40);
      await subject.queue.send(marks);
      const taken = (await subject.take()).sort((a, b) => a.dueAt - b.dueAt);
      expect(taken).toEqual(marks);
    });

    it('is as deep as there are messages', async () => {
      expect(await subject.queue.depth()).toBe(0);
      await subject.queue.send(marksFor(3));
      expect(await subject.queue.depth()).toBe(3);
      await subject.queue.send(marksFor(40));
      expect(await subject.queue.depth()).toBe(43);
      await subject.take();
      expect(await subject.queue.depth()).toBe(0);
    });

    it('sends nothing for no marks', async () => {
      await subject.queue.send([]);
      expect(await subject.take()).toEqual([]);
    });
  });
}

/** Marks of so many users, each due later than the one before. */
function marksFor(count: number): DueMark[] {
  return Array.from({ length: count }, (_, n) => ({
    user: newUser(),
    flow: n % 2 ? 'code' : 'device',
    state: 'active',
    dueAt: startTime + n,
  }));
}
