import { noCounts } from '../auth/refresh/counter.ts';
import type {
  Heartbeat,
  HeartbeatStore,
  Heartbeats,
  JanitorRun,
  RefreshCounts,
} from '../auth/refresh/ports.ts';
import { deleteRows } from './buckets.ts';
import type { StoredRow, Value } from './row.ts';
import { time } from './stored-row.ts';
import type { Table } from './table.ts';

const partitionKey = 'refresh';
const rowKeys = { timer: 'sweep', request: 'catch-up', janitor: 'janitor', breaker: 'breaker' };
const countsPrefix = 'counts|';
const end = '~';
/** 24 days: a larger number is none of the service's 32-bit ones. */
const longestMs = 2 ** 31 - 1;

/**
 * Figures of refresh in one partition of the table `heartbeats`: a row each for the last sweep, the
 * last sweep on the side, the janitor and the breaker, and `counts|<period>|<instance>`.
 */
export function createHeartbeatStore(table: Table): HeartbeatStore {
  async function put(rowKey: string, columns: Record<string, Value>): Promise<void> {
    await table.change({ kind: 'upsert', row: { partitionKey, rowKey, ...columns } });
  }

  async function rowsBetween(from: string, to: string): Promise<StoredRow[]> {
    const rows: StoredRow[] = [];
    for await (const page of table.query({ partitionKey, from, to }, [])) rows.push(...page);
    return rows;
  }

  return {
    writeSweep: (by, { at, oldestOverdueMs, ...figures }) =>
      put(rowKeys[by], {
        at: new Date(at),
        ...figures,
        oldestOverdueMs: Math.min(oldestOverdueMs, longestMs),
      }),
    writeJanitor: ({ at, ...figures }) => put(rowKeys.janitor, { at: new Date(at), ...figures }),
    writeBreaker: (until) => put(rowKeys.breaker, { openUntil: new Date(until) }),
    writeCounts: (instance, start, counts) =>
      put(`${countsFrom(start)}|${instance}`, { ...counts }),

    async deleteCounts(before) {
      const rows = await rowsBetween(countsPrefix, countsFrom(before));
      await deleteRows(table, rows);
      return rows.length;
    },

    async read(countsSince): Promise<Heartbeats> {
      const rows = new Map<string, StoredRow>();
      const range = { partitionKey, from: '', to: end };
      for await (const page of table.query(range, columns)) {
        for (const row of page) rows.set(row.rowKey, row);
      }
      const counts = [...rows.values()].filter(
        ({ rowKey }) => rowKey.startsWith(countsPrefix) && rowKey >= countsFrom(countsSince),
      );
      return {
        sweep: toHeartbeat(rows.get(rowKeys.timer)),
        catchUp: toHeartbeat(rows.get(rowKeys.request)),
        janitor: toJanitorRun(rows.get(rowKeys.janitor)),
        breakerOpenUntil: time(rows.get(rowKeys.breaker)?.['openUntil']),
        counts: sumOf(counts),
      };
    },
  };
}

const countColumns = ['refreshed', 'failed', 'reauthRequired', 'poisoned'] as const;
const columns = [
  ...['at', 'due', 'enqueued', 'oldestOverdueMs', 'durationMs', 'sessions', 'states', 'users'],
  'openUntil',
  ...countColumns,
];

function countsFrom(time: number): string {
  return `${countsPrefix}${new Date(time).toISOString()}`;
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
