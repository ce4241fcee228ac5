import { people } from '../assumptions.ts';
import { refreshMs } from '../scenario.ts';

/** None of it was measured in Azure. */
export const costAssumptions = {
  /** Part of the users who come every day. */
  hotShare: 0.1,
  requestsPerHotUserPerDay: people.requestsPerDay,
  signInsPerHotUserPerDay: 1,
  /** For which a request occupies its instance. */
  secondsPerRequest: 0.2,
  secondsPerRefresh: refreshMs / 1000,
  secondsPerJanitorRun: 5,
  /** Requests that a busy instance answers at the same time, on average. */
  requestsAtOnce: 4,
  refreshesAtOnce: 16,
  messagesSentPerSecond: 500,
  instanceStartsPerDay: 100,
  /** Each instance unwraps them when it starts. */
  dataKeysInUse: 4,
  /** All of a user's rows. */
  bytesPerUser: 8_000,
  /** What storage with geo-redundancy copies to the other region. */
  bytesWrittenPerRefresh: 7_000,
  bytesWrittenPerSignIn: 8_000,
  /** There and back, headers included. */
  bytesPerTableRequest: 4_000,
  bytesPerQueueRequest: 1_000,
  /** Answers to callers, and requests to Entra and Graph. */
  bytesSentPerRequest: 4_000,
  bytesSentPerRefresh: 4_000,
  janitorTableRequests: 100,
  /** Each instance of the host renews its lease, or tries to get it. */
  hostLeasesPerInstancePerMinute: 5,
  /** A timer's lease of a minute: its holder renews it in time, other instances ask for it. */
  leasesPerTimerPerMinute: 3,
  blobWritesPerTimerRun: 1,
  dnsQueriesPerInstancePerHour: 600,
  /** Of a row as it is billed, besides its text: times, ids, names of operation and instance. */
  bytesOfColumnsPerLogRow: 850,
  /** Of rows that have no message: requests, metrics, counters, results, audits. */
  bytesOfTextPerOtherRow: 150,
  /** Of the host, about itself. */
  logRowsPerInstanceStart: 60,
  counterRowsPerInstancePerMinute: 5,
  /**
   * Of each function that ran, on each instance: count, successes, failures, success rate, and the
   * least, greatest and average duration.
   *
   * @see https://github.com/Azure/azure-webjobs-sdk/blob/dev/src/Microsoft.Azure.WebJobs.Host/Loggers/Logger/Aggregator
   */
  metricRowsPerFunction: 7,
  secondsBetweenMetricRows: 30,
};

export type CostAssumptions = typeof costAssumptions;
