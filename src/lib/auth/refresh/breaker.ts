import type { Clock } from '../ports.ts';

/** Milliseconds for which an open breaker lets nobody ask, before it lets one try. */
const openMs = 15_000;
/** Milliseconds for which a user who alone was refused is not asked for. */
const refusedUserMs = 60_000;
/** So many users, and nobody with success between them, are no matter of one user. */
const usersToOpen = 3;

/** Keeps requests from a token endpoint that refuses the app, whoever the user is. */
export interface Breaker {
  /**
   * Milliseconds to wait; 0: go ahead. Of an open breaker's callers one goes ahead at a time; a user
   * who alone was refused waits alone.
   */
  enter(user: string): number;
  /** The endpoint took the app for who it is: it issued tokens, or refused just this user. */
  accepted(): void;
  /**
   * The endpoint refused for a reason that the operator must mend.
   *
   * @param refusesApp any user would have been refused.
   * @returns whether the breaker is open now.
   */
  refused(user: string, refusesApp: boolean): boolean;
  isOpen(): boolean;
}

export function createBreaker(now: Clock): Breaker {
  /** Undefined: closed. */
  let openUntil: number | undefined;
  /** Users who were refused since the last success. */
  const refusedUsers = new Set<string>();
  /** Until when users wait who were refused. */
  const waitingUntil = new Map<string, number>();
  return {
    enter(user) {
      if (openUntil === undefined) return Math.max(0, (waitingUntil.get(user) ?? 0) - now());
      const waitMs = openUntil - now();
      if (waitMs > 0) return waitMs;
      // This caller tries; the others wait for what comes of it.
      openUntil = now() + openMs;
      return 0;
    },
    accepted() {
      if (openUntil !== undefined) waitingUntil.clear();
      openUntil = undefined;
      refusedUsers.clear();
    },
    refused(user, refusesApp) {
      refusedUsers.add(user);
      for (const [other, until] of waitingUntil) if (until <= now()) waitingUntil.delete(other);
      waitingUntil.set(user, now() + refusedUserMs);
      if (refusesApp || refusedUsers.size >= usersToOpen) openUntil = now() + openMs;
      return openUntil !== undefined;
    },
    isOpen: () => openUntil !== undefined,
  };
}
