import { beforeAll, describe, expect, it } from 'vitest';
import type { DueMark, RefreshQueue } from '../../src/lib/auth/ports.ts';
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
      const marks = Array.from({ length: 40 }, (_, n) => ({
        user: newUser(),
        flow: n % 2 ? ('code' as const) : ('device' as const),
        dueAt: startTime + n,
      }));
      await subject.queue.send(marks);
      const taken = (await subject.take()).sort((a, b) => a.dueAt - b.dueAt);
      expect(taken).toEqual(marks);
    });

    it('sends nothing for no marks', async () => {
      await subject.queue.send([]);
      expect(await subject.take()).toEqual([]);
    });
  });
}
