/** A clock that moves by hand, and a sleep that moves it. */
export interface ManualClock {
  now: () => number;
  advance(ms: number): void;
  sleep: (ms: number) => Promise<void>;
}

export const startTime = Date.UTC(2026, 2, 14, 9, 30);

export function createManualClock(start = startTime): ManualClock {
  let time = start;
  return {
    now: () => time,
    advance(ms) {
      time += ms;
    },
    async sleep(ms) {
      time += ms;
    },
  };
}

export const seconds = 1000;
export const minutes = 60 * seconds;
export const hours = 60 * minutes;
export const days = 24 * hours;
