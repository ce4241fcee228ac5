import type { AppFunction } from '../../../tools/infra/app-functions.ts';
import type { CostAssumptions } from './assumptions.ts';
import { executionsOf } from './executions.ts';
import { hostMessages, type OwnLines, ownLines, requestRows } from './log-rows.ts';
import { monthDays, monthMinutes, monthSeconds } from './month.ts';
import { groupOf } from './scaling-groups.ts';
import type { Month } from './workload.ts';

/** Rows and the bytes for which they are billed. */
export interface LogVolume {
  rows: number;
  bytes: number;
}

/** What a month's executions and instances leave in the tables of Application Insights. */
export function appLogs({ deployment, work, groups, assumptions }: Month): LogVolume {
  const other = rowsOf(assumptions);
  const running = groups.reduce((total, each) => total + each.running, 0);
  const functions = deployment.functions.map((each) => {
    const executions = executionsOf(each, work);
    const instances = groups.find(({ group }) => group === groupOf(each))?.running ?? 1;
    return sum([
      times(rowsOfExecution(each, assumptions), executions),
      other(
        assumptions.metricRowsPerFunction *
          windowsWith(executions, instances, assumptions.secondsBetweenMetricRows),
      ),
    ]);
  });
  return sum([
    ...functions,
    // The availability test's own results.
    other(work.healthChecks),
    other(assumptions.instanceStartsPerDay * monthDays * assumptions.logRowsPerInstanceStart),
    other(running * monthMinutes * assumptions.counterRowsPerInstancePerMinute),
  ]);
}

/** Rows without a message of their own. */
export function rowsOf(assumptions: CostAssumptions): (rows: number) => LogVolume {
  const { bytesOfColumnsPerLogRow, bytesOfTextPerOtherRow } = assumptions;
  return (rows) => ({ rows, bytes: rows * (bytesOfColumnsPerLogRow + bytesOfTextPerOtherRow) });
}

/** Rows around one execution: the host's messages, the request, the app's own lines. */
export function rowsOfExecution(each: AppFunction, assumptions: CostAssumptions): LogVolume {
  const messages = hostMessages(each);
  const own: OwnLines = (ownLines as Record<string, OwnLines>)[each.name] ?? { lines: 0, bytes: 0 };
  const rows = messages.length + own.lines;
  const text = messages.join('').length + own.bytes;
  return sum([
    { rows, bytes: rows * assumptions.bytesOfColumnsPerLogRow + text },
    rowsOf(assumptions)(requestRows),
  ]);
}

/** Times at which an instance has metrics to write: it has executed something since the last. */
function windowsWith(executions: number, instances: number, seconds: number): number {
  const windows = (monthSeconds / seconds) * Math.max(1, instances);
  return windows * (1 - Math.exp(-executions / windows));
}

function times({ rows, bytes }: LogVolume, by: number): LogVolume {
  return { rows: rows * by, bytes: bytes * by };
}

function sum(volumes: readonly LogVolume[]): LogVolume {
  return volumes.reduce((a, b) => ({ rows: a.rows + b.rows, bytes: a.bytes + b.bytes }), {
    rows: 0,
    bytes: 0,
  });
}
