import { vi } from 'vitest';
import type { App } from './app.ts';

/** Moves the clock of the test, and so of the stand-in in it, and of the apps. */
export interface MovingClock {
  /** How far it has been moved, in milliseconds: for an app that starts later. */
  readonly offsetMs: number;
  advance(ms: number, apps: readonly App[]): Promise<void>;
  restore(): void;
}

export function createMovingClock(): MovingClock {
  const realNow = Date.now.bind(Date);
  let offsetMs = 0;
  return {
    get offsetMs() {
      return offsetMs;
    },
    async advance(ms, apps) {
      offsetMs += ms;
      vi.useFakeTimers({ toFake: ['Date'], now: realNow() + offsetMs });
      await Promise.all(apps.map((app) => app.moveClock(offsetMs)));
    },
    restore() {
      vi.useRealTimers();
    },
  };
}
