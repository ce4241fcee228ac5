/**
 * What the simulation takes for granted about the world outside the app. None of it was measured in
 * Azure; where Microsoft says something, the source is named.
 */
import { days, hours, minutes, seconds } from '../../test/support/clock.ts';

/** Operations a second. */
export const limits = {
  /** @see https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account */
  storageAccount: 20_000,
  /** Entities of 1 KiB. @see https://learn.microsoft.com/azure/storage/tables/scalability-targets */
  tablePartition: 2_000,
  /** Messages of 1 KiB. @see https://learn.microsoft.com/azure/storage/queues/scalability-targets */
  queue: 2_000,
} as const;

export const identityProvider = {
  /**
   * An access token lives for a time drawn from this range.
   *
   * @see https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime
   */
  accessTokenMs: [60 * minutes, 90 * minutes],
  /**
   * A refresh token that is not used for so long is worth nothing.
   *
   * @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime
   */
  refreshTokenMs: 90 * days,
  /** A token call takes a time drawn from this range. Assumed. */
  callMs: [150, 450],
  /** What a 429 tells in `Retry-After`, in seconds. Assumed: Microsoft names neither it nor the rate. */
  retryAfterSeconds: 10,
  /** While it is out, half of the calls get a 503 after this time. */
  refusalMs: 1 * seconds,
  /** The other half get no answer within the app's own deadline. */
  noAnswerMs: 12 * seconds,
} as const;

export const platform = {
  /** A storage request. Assumed. */
  storageMs: 10,
  /** After a restart nothing is done for so long. Assumed. */
  coldStartMs: 10 * seconds,
  /** A worker that found the queue empty looks again within this time: `host.json`. */
  longestPollMs: 5 * seconds,
  /** Messages that one instance works on at a time: `host.json`. */
  batchSize: 16,
  /** A message that an instance took and did not finish is hidden for so long, and so is over. */
  hiddenMs: 10 * minutes,
} as const;

export const people = {
  /** Requests of a hot user, evenly over day and night. Assumed. */
  requestsPerDay: 10,
  /** Tokens of absent users are retained for so long: `RETAIN_WITHOUT_SESSION_DAYS`. */
  retainMs: 365 * days,
} as const;

/** What goes wrong. */
export const faults = {
  outageMs: 2 * hours,
  deadTimerMs: 24 * hours,
  /** By then refreshes must be as prompt as they were. */
  recoveryMs: 1 * hours,
  /** Who is overdue for less is prompt. */
  promptMs: 5 * minutes,
} as const;
