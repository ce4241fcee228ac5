import { newTerminal } from '../dev/terminal.ts';
import { shards } from '../src/lib/storage/token-rows.ts';
import { measureSweep, type SweepMeasurement } from './sweep.ts';
import { textTable } from './text-table.ts';

const usualSizes = [1_000, 10_000, 100_000];
const due = 500;

/**
 * Measures a sweep for some numbers of users, and prints what it did.
 *
 * @param args numbers of users; none: 1,000, 10,000 and 100,000.
 * @returns the exit code: 1 if the requests or rows are not the expected ones, or not the same for
 *   each size; 2 for wrong arguments.
 */
export async function benchmarkSweep(args: readonly string[]): Promise<number> {
  const sizes = args.length > 0 ? args.map(Number) : usualSizes;
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= due)) {
    console.error(`The arguments are numbers of users, at least ${due} each.`);
    return 2;
  }
  const measurements = await measureAll(sizes);
  console.log(describe(measurements));
  const faults = faultsOf(measurements);
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

async function measureAll(sizes: readonly number[]): Promise<SweepMeasurement[]> {
  const terminal = newTerminal();
  const measurements: SweepMeasurement[] = [];
  try {
    for (const users of sizes) measurements.push(await measureSweep({ users, due }, terminal.step));
  } catch (error) {
    terminal.ending('The sweep failed');
    throw error;
  }
  terminal.started('Swept');
  return measurements;
}

function describe(measurements: readonly SweepMeasurement[]): string {
  const titles = ['users', 'due', 'enqueued', 'query requests', 'pages beyond the first'];
  titles.push('rows read', 'heartbeat writes', 'other requests', 'ms');
  const rows = measurements.map((m) => [
    ...[m.users, m.due, m.enqueued, m.queries, m.furtherPages],
    ...[m.rows, m.heartbeatWrites, m.others, Math.round(m.durationMs)],
  ]);
  const remark =
    'ms: Azurite scans its whole table for a query, so its clock is no measure of Azure.';
  return `\n${textTable(titles, rows)}\n\n${remark}`;
}

/**
 * What is not as it must be: a query for each shard, each due user's mark once, one heartbeat, and
 * nothing that differs between the sizes.
 */
function faultsOf(measurements: readonly SweepMeasurement[]): string[] {
  const expected: [keyof SweepMeasurement, title: string, value: number][] = [
    ['enqueued', 'users enqueued', due],
    ['queries', 'query requests', shards.length],
    ['furtherPages', 'pages beyond the first', measurements[0]?.furtherPages ?? 0],
    ['rows', 'rows read', due],
    ['heartbeatWrites', 'heartbeat writes', 1],
    ['others', 'other requests', 0],
  ];
  return measurements.flatMap((measurement) =>
    expected
      .filter(([name, , value]) => measurement[name] !== value)
      .map(([name, title, value]) => {
        const users = measurement.users.toLocaleString('en');
        return `Wrong: ${measurement[name]} ${title} with ${users} users, not ${value}`;
      }),
  );
}
