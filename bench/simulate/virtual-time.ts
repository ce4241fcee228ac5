import TinyQueue from 'tinyqueue';

/** A clock that jumps from event to event. Nothing waits in real time. */
export interface VirtualTime {
  now(): number;
  /** Runs something at a time; of the same time in the order in which it was asked for. */
  at(time: number, run: () => void): void;
  sleep(ms: number): Promise<void>;
  /** Runs all events before a time. What they started has gone as far as it can before the next one. */
  runUntil(end: number): Promise<void>;
}

interface Event {
  at: number;
  order: number;
  run: () => void;
}

export function createVirtualTime(start: number): VirtualTime {
  const events = new TinyQueue<Event>([], (a, b) => a.at - b.at || a.order - b.order);
  let time = start;
  let order = 0;

  function at(when: number, run: () => void): void {
    order += 1;
    events.push({ at: Math.max(when, time), order, run });
  }

  return {
    now: () => time,
    at,
    sleep: (ms) => new Promise((resolve) => at(time + ms, resolve)),
    async runUntil(end) {
      for (let next = events.peek(); next && next.at < end; next = events.peek()) {
        events.pop();
        time = next.at;
        next.run();
        await settled();
      }
      time = end;
      // Whoever waits in real time has a turn.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/**
 * All promises that can settle have settled: ticks come when there are no more microtasks.
 *
 * @see https://nodejs.org/api/process.html#when-to-use-queuemicrotask-vs-processnexttick
 */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
