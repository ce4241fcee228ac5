import { shards } from '../../src/lib/storage/token-rows.ts';
import { type Benchmark, numberOptions, type Outcome, type Run } from '../lib/benchmark.ts';
import { type Figure, figureOf } from '../lib/figure.ts';
import { textTable } from '../lib/text-table.ts';
import { measureSweep, type SweepMeasurement } from './measure.ts';

/** Numbers of users. */
const sizes = [1_000, 10_000, 100_000];
const due = 500;

/** What a sweep asks of storage, for some numbers of users. It is counted: one round is enough. */
export const sweepBenchmark: Benchmark = {
  about: 'what a sweep asks of storage does not grow with the users not due',
  async run({ args, step }): Promise<Outcome> {
    numberOptions(args, {});
    return measureAll(sizes, step);
  },
  check: (step) => measureAll([due, 4 * due], step),
};

async function measureAll(sizes: readonly number[], step: Run['step']): Promise<Outcome> {
  const measurements: SweepMeasurement[] = [];
  for (const users of sizes) measurements.push(await measureSweep({ users, due }, step));
  return {
    figures: growthOf(measurements),
    table: describe(measurements),
    faults: faultsOf(measurements),
  };
}

/** With the most users, of what it was with the fewest. */
function growthOf(measurements: readonly SweepMeasurement[]): Figure[] {
  const sorted = measurements.toSorted((a, b) => a.users - b.users);
  const [fewest, most] = [sorted[0], sorted.at(-1)];
  if (!fewest || !most) return [];
  const inWords = `${most.users.toLocaleString('en')} users, of ${fewest.users.toLocaleString('en')}`;
  const growth = (value: (measurement: SweepMeasurement) => number) => value(most) / value(fewest);
  const figure = (name: string, title: string, value: number) =>
    figureOf({ name, title, unit: 'ratio', rounds: [value], target: { atMost: 1 } });
  return [
    figure('sweep-requests', `Requests of a sweep with ${inWords}`, growth(requestsOf)),
    figure(
      'sweep-rows',
      `Rows read by a sweep with ${inWords}`,
      growth(({ rows }) => rows),
    ),
  ];
}

function requestsOf(m: SweepMeasurement): number {
  return m.queries + m.furtherPages + m.heartbeatWrites + m.others;
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
  return `${textTable(titles, rows)}\n\n${remark}`;
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
        return `${measurement[name]} ${title} with ${users} users, not ${value}`;
      }),
  );
}
