import { Problem } from './api.ts';
import { failureWait } from './when-to-look.ts';

export interface Watch {
  /** Looks now. Wait for it to know what it has found, or thrown. */
  look(): Promise<void>;
  stop(): void;
}

export interface Watched {
  /** Looks once. @returns milliseconds until it is worth looking again. */
  look(): Promise<number>;
  /** @returns false if there is no point in going on. */
  failed(error: unknown): boolean;
  /** Whether it looks again by itself. */
  rests(isResting: boolean): void;
}

/** Who has not touched the page for this long is not there: to look on would keep their session alive. */
const unattendedMs = 30 * 60_000;

/**
 * Looks at something again and again, while somebody can see it: not in a hidden tab, and not when
 * nobody has touched the page for half an hour.
 */
export function watch({ look, failed, rests }: Watched): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let dueAt = 0;
  let touchedAt = Date.now();
  let isResting = false;
  let isStopped = false;

  const mayLook = () =>
    document.visibilityState === 'visible' && Date.now() - touchedAt < unattendedMs;

  async function once(): Promise<void> {
    clearTimeout(timer);
    let wait: number;
    try {
      wait = await look();
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!failed(error)) isStopped = true;
      wait = failureWait(failures, error instanceof Problem ? error.retryAfterSeconds : 0);
    }
    dueAt = Date.now() + wait;
    plan();
  }

  function plan(): void {
    clearTimeout(timer);
    if (isStopped) return;
    timer = setTimeout(() => (mayLook() ? void once() : rest(true)), dueAt - Date.now());
  }

  function rest(now: boolean): void {
    if (isResting !== now) rests(now);
    isResting = now;
  }

  /** Somebody is here. */
  function touched(): void {
    touchedAt = Date.now();
    if (!isResting || !mayLook() || isStopped) return;
    rest(false);
    plan();
  }

  const signs = ['pointermove', 'pointerdown', 'keydown', 'focus', 'visibilitychange'];
  for (const name of signs) addEventListener(name, touched, { passive: true, capture: true });
  return {
    look: once,
    stop() {
      isStopped = true;
      clearTimeout(timer);
      for (const name of signs) removeEventListener(name, touched, { capture: true });
    },
  };
}
