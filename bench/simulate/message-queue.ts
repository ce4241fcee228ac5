import type { DueMark } from '../../src/lib/auth/ports.ts';
import type { RefreshQueue } from '../../src/lib/auth/refresh/ports.ts';
import { platform } from './assumptions.ts';
import type { Limit } from './limit.ts';
import type { Meter } from './measurements.ts';
import { messageUse } from './operations.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface MessageQueueOptions {
  time: VirtualTime;
  /** Of messages: each counts when it is sent and when it is received. */
  limit: Limit;
  account: Limit;
  random: () => number;
  meter: Meter;
}

/** A model of a storage queue and of the host that polls it. */
export interface MessageQueue extends RefreshQueue {
  /** The next message, when there is one. */
  receive(): Promise<DueMark>;
  /** A received message has been worked on. */
  done(): void;
  /** Whoever has received messages, or waits for some, is no more. Those messages are hidden until they are over. */
  abandon(): void;
}

interface Message {
  mark: DueMark;
  endsAt: number;
}

/** Of `refresh-queue.ts`. */
const timeToLiveMs = 10 * 60_000;

export function createMessageQueue(options: MessageQueueOptions): MessageQueue {
  const { time, limit, account, random, meter } = options;
  let messages: Message[] = [];
  let head = 0;
  let receivers: ((mark: DueMark) => void)[] = [];
  let received = 0;
  let hidden = 0;
  let generation = 0;
  let isPolling = false;

  const depth = () => messages.length - head + received + hidden;

  function put(mark: DueMark): void {
    messages.push({ mark, endsAt: time.now() + timeToLiveMs });
    meter.highest('queueDepth', depth());
    if (receivers.length === 0 || isPolling) return;
    // The host polls now and then while there is nothing.
    const asked = generation;
    isPolling = true;
    time.at(time.now() + random() * platform.longestPollMs, () => {
      if (asked !== generation) return;
      isPolling = false;
      deliver();
    });
  }

  function next(): DueMark | undefined {
    while (head < messages.length) {
      const message = messages[head];
      head += 1;
      if (message && message.endsAt > time.now()) return message.mark;
    }
    messages = [];
    head = 0;
    return undefined;
  }

  function deliver(): void {
    for (let [receiver] = receivers; receiver; [receiver] = receivers) {
      const mark = next();
      if (!mark) return;
      receivers.shift();
      hand(mark, receiver);
    }
  }

  function hand(mark: DueMark, receiver: (mark: DueMark) => void): void {
    received += 1;
    const asked = generation;
    const give = () => {
      if (asked === generation) receiver(mark);
    };
    const waitMs = limit.take(1) ?? 0;
    if (waitMs > 0) time.at(time.now() + waitMs, give);
    else give();
  }

  return {
    async send(marks) {
      for (const mark of marks) {
        meter.add('storage', messageUse.queueRequests);
        const waitMs = Math.max(limit.take(1) ?? 0, account.take(messageUse.queueRequests) ?? 0);
        if (waitMs > 0) await time.sleep(waitMs);
        put(mark);
      }
    },
    depth: async () => depth(),
    receive: () =>
      new Promise((resolve) => {
        const mark = receivers.length === 0 ? next() : undefined;
        if (mark) hand(mark, resolve);
        else receivers.push(resolve);
      }),
    done() {
      received -= 1;
    },
    abandon() {
      generation += 1;
      isPolling = false;
      receivers = [];
      const lost = received;
      hidden += lost;
      received = 0;
      time.at(time.now() + platform.hiddenMs, () => {
        hidden -= lost;
      });
    },
  };
}
