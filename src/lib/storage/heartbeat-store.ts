import { addUpMinutes, noCounts } from '../auth/refresh/counter.ts';
import type {
  Heartbeat,
  HeartbeatStore,
  Heartbeats,
  JanitorRun,
  MinuteCounts,
  RefreshCounts,
} from '../auth/refresh/ports.ts';
import { iso } from '../basics/time-text.ts';
import { deleteRows } from './buckets.ts';
import type { StoredRow, Value } from './row.ts';
import { ignoreGone } from './storage-error.ts';
import { time } from './stored-row.ts';
import type { Table } from './table.ts';

const partitionKey = 'refresh';
const rowKeys = { timer: 'sweep', request: 'catch-up', janitor: 'janitor' };
const breakerPrefix = 'breaker';
const countsPrefix = 'counts|';
const end = '~';
/** 24 days: a larger number is none of the service's 32-bit ones. */
const longestMs = 2 ** 31 - 1;

/**
 * Figures of refresh in one partition of the table `heartbeats`: a row each for the last sweep, the
 * last sweep on the side and the janitor, `breaker|<instance>|<client>` for each open breaker, and
 * `counts|<period>|<instance>`.
 */
export function createHeartbeatStore(table: Table): HeartbeatStore {
  async function put(rowKey: string, columns: Record<string, Value>): Promise<void> {
    await table.change({ kind: 'upsert', row: { partitionKey, rowKey, ...columns } });
  }

  return {
    writeSweep: (by, { at, oldestOverdueMs, ...figures }) =>
      put(rowKeys[by], {
        at: new Date(at),
        ...figures,
        oldestOverdueMs: Math.min(oldestOverdueMs, longestMs),
      }),
    writeJanitor: ({ at, ...figures }) => put(rowKeys.janitor, { at: new Date(at), ...figures }),
    async writeBreaker(instance, client, openUntil) {
      const rowKey = [breakerPrefix, instance, client].join('|');
      if (openUntil !== undefined) await put(rowKey, { openUntil: new Date(openUntil) });
      else await ignoreGone(table.change({ kind: 'delete', row: { partitionKey, rowKey } }));
    },
    writeCounts: (instance, start, { minutes, ...counts }) =>
      put(`${countsFrom(start)}|${instance}`, { ...counts, minutes: minutesText(minutes) }),

    async deleteBefore(before) {
      // Breakers and counts are neighbours: one query finds what is old of both.
      const range = { partitionKey, from: breakerPrefix, to: countsFrom(before) };
      let deleted = 0;
      for await (const page of table.query(range, ['openUntil'])) {
        const old = page.filter(
          (row) => isCounts(row) || (isBreaker(row) && openUntil(row) < before),
        );
        await deleteRows(table, old);
        deleted += old.length;
      }
      return deleted;
    },

    async read(countsSince): Promise<Heartbeats> {
      const rows = new Map<string, StoredRow>();
      const range = { partitionKey, from: '', to: end };
      for await (const page of table.query(range, columns)) {
        for (const row of page) rows.set(row.rowKey, row);
      }
      const counts = [...rows.values()].filter(
        (row) => isCounts(row) && row.rowKey >= countsFrom(countsSince),
      );
      const breakers = [...rows.values()].filter(isBreaker);
      return {
        sweep: toHeartbeat(rows.get(rowKeys.timer)),
        catchUp: toHeartbeat(rows.get(rowKeys.request)),
        janitor: toJanitorRun(rows.get(rowKeys.janitor)),
        breakerOpenUntil: Math.max(0, ...breakers.map(openUntil)),
        counts: sumOf(counts),
        minutes: addUpMinutes(counts.flatMap(parseMinutes)),
      };
    },
  };
}

const countColumns = ['refreshed', 'failed', 'reauthRequired', 'poisoned'] as const;
const columns = [
  ...['at', 'due', 'enqueued', 'oldestOverdueMs', 'durationMs', 'sessions', 'states', 'users'],
  ...['openUntil', 'minutes'],
  ...countColumns,
];

function countsFrom(time: number): string {
  return `${countsPrefix}${iso(time)}`;
}

function isCounts({ rowKey }: StoredRow): boolean {
  return rowKey.startsWith(countsPrefix);
}

function isBreaker({ rowKey }: StoredRow): boolean {
  return rowKey.startsWith(breakerPrefix);
}

function openUntil(row: StoredRow): number {
  return time(row['openUntil']);
}

function toHeartbeat(row: StoredRow | undefined): Heartbeat | undefined {
  return (
    row && {
      at: time(row['at']),
      due: Number(row['due']),
      enqueued: Number(row['enqueued']),
      oldestOverdueMs: Number(row['oldestOverdueMs'] ?? 0),
      durationMs: Number(row['durationMs']),
    }
  );
}

function toJanitorRun(row: StoredRow | undefined): JanitorRun | undefined {
  return (
    row && {
      at: time(row['at']),
      sessions: Number(row['sessions']),
      states: Number(row['states']),
      users: Number(row['users']),
      durationMs: Number(row['durationMs']),
    }
  );
}

function sumOf(rows: readonly StoredRow[]): RefreshCounts {
  const sum = { ...noCounts };
  for (const row of rows) for (const name of countColumns) sum[name] += Number(row[name] ?? 0);
  return sum;
}

/** In a column: when each minute begins, in seconds since the epoch, its four counts, and who failed alone. */
function minutesText(minutes: readonly MinuteCounts[]): string {
  return minutes
    .map(({ at, refreshed, failed, failedLast, expired, alone }) =>
      [at / 1000, refreshed, failed, failedLast, expired, ...(alone ?? [])].join(' '),
    )
    .join(',');
}

function parseMinutes(row: StoredRow): MinuteCounts[] {
  const text = row['minutes'];
  if (typeof text !== 'string' || text === '') return [];
  return text.split(',').map((minute) => {
    const words = minute.split(' ');
    const [start = 0, refreshed = 0, failed = 0, failedLast = 0, expired = 0] = words
      .slice(0, 5)
      .map(Number);
    const alone = words.slice(5);
    return {
      ...{ at: start * 1000, refreshed, failed, failedLast, expired },
      ...(alone.length > 0 && { alone }),
    };
  });
}
