import { setTimeout as sleep } from 'node:timers/promises';

/** A wait that can be ended from outside, for good. */
export interface Pause {
  wait(milliseconds: number): Promise<void>;
  /** Ends the wait in progress, and every later one at once. */
  end(): void;
}

export function newPause(): Pause {
  const ended = new AbortController();
  return {
    wait: (milliseconds) =>
      sleep(milliseconds, undefined, { signal: ended.signal }).catch(() => {
        // Ended: that is no failure of the wait.
      }),
    end: () => ended.abort(),
  };
}
