/** What the refresh engine needs from outside, besides tokens and sessions. Times are milliseconds since the epoch. */
import type { DueMark } from '../ports.ts';
import type { Flow } from '../user.ts';

/** Hands users that are due to the workers. */
export interface RefreshQueue {
  send(marks: readonly DueMark[]): Promise<void>;
  /** Messages that wait or are being worked on, roughly. */
  depth(): Promise<number>;
}

/** Figures of a sweep. */
export interface Heartbeat {
  at: number;
  /** Users found due; in a backlog at least so many. */
  due: number;
  enqueued: number;
  /** How long ago the longest overdue of them was due; 0 if nobody is. */
  oldestOverdueMs: number;
  durationMs: number;
}

/** Figures of a janitor's run: what it deleted. */
export interface JanitorRun {
  at: number;
  sessions: number;
  states: number;
  /** Users whose tokens went; with retention, one for each flow. */
  users: number;
  durationMs: number;
}

/** What became of refreshes. */
export interface RefreshCounts {
  refreshed: number;
  /** Failed, and are tried again. */
  failed: number;
  reauthRequired: number;
  /** Given up for a day, because their messages failed again and again. */
  poisoned: number;
}

/**
 * What became of one refresh. Two more outcomes count as failed. `expired`: the user, who was seen
 * lately, has no valid token left. `failed-alone`: the cause lies in this user's row or tokens, so by
 * itself it says nothing about other users.
 */
export type CountedOutcome = keyof RefreshCounts | 'expired' | 'failed-alone';

/** What became of the refreshes of one minute. Those that failed alone are in `alone` only. */
export interface MinuteCounts {
  /** When the minute begins. */
  at: number;
  refreshed: number;
  /** As in {@link RefreshCounts}. */
  failed: number;
  /** Of those that failed, the ones after the instance's last success. */
  failedLast: number;
  /** Of those that failed: see {@link CountedOutcome}. */
  expired: number;
  /** Names of users whose refreshes failed alone, as the log has them: ten at most. Missing: nobody. */
  alone?: readonly string[];
}

/** What an instance has counted in a period: in all, and by its minutes, the earliest first. */
export interface PeriodCounts extends RefreshCounts {
  minutes: readonly MinuteCounts[];
}

/** Figures of refresh, for all instances to write and see. */
export interface HeartbeatStore {
  /** @param by `request`: a sweep that made up for a timer that does not run. */
  writeSweep(by: 'timer' | 'request', heartbeat: Heartbeat): Promise<void>;
  writeJanitor(run: JanitorRun): Promise<void>;
  /**
   * Notes that an instance finds tokens refused to one of the app's clients, until a time; undefined:
   * that it no longer does. What other instances have noted stays.
   */
  writeBreaker(instance: string, client: Flow, openUntil: number | undefined): Promise<void>;
  /** Replaces what an instance has counted in the period that begins at a time. */
  writeCounts(instance: string, periodStart: number, counts: PeriodCounts): Promise<void>;
  /**
   * Deletes counts of periods that began, and open breakers that ended, before a time.
   *
   * @returns how many rows went.
   */
  deleteBefore(time: number): Promise<number>;
  /** @param countsSince adds up what all instances have counted in periods from then on. */
  read(countsSince: number): Promise<Heartbeats>;
}

export interface Heartbeats {
  sweep: Heartbeat | undefined;
  catchUp: Heartbeat | undefined;
  janitor: JanitorRun | undefined;
  /** The latest end over all instances and clients; 0: no breaker is open. */
  breakerOpenUntil: number;
  counts: RefreshCounts;
  /** Minutes of the same periods in which something was counted, the earliest first. */
  minutes: MinuteCounts[];
}
