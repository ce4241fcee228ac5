import { buildBundle } from '../../build.ts';
import { type Benchmark, numberOption, type Outcome, type Run } from '../lib/benchmark.ts';
import { type Figure, figureOf, median, ratios, type Target } from '../lib/figure.ts';
import { interleave } from '../lib/rounds.ts';
import { textTable } from '../lib/text-table.ts';
import { installPeers } from '../peers/peers.ts';
import { startEntra, startGraph } from '../stubs/services.ts';
import { graphMs, inFlight, type MeMeasurement, measureMe, type Phase } from './measure.ts';
import { type Open, type Stubs, type SubjectName, subjects } from './subjects.ts';

type Measured = Readonly<Record<SubjectName, readonly MeMeasurement[]>>;

/** `GET /me` of signed-in users, beside what others do for the same answer. */
export const meBenchmark: Benchmark = {
  about:
    '[--sessions N] [--requests N]  GET /me, beside a plain proxy and two kinds of Express app',
  async run(run): Promise<Outcome> {
    await installPeers(run.step);
    await buildBundle();
    const stubs = { entra: await startEntra(), graph: await startGraph() };
    try {
      const measured = await measureAll(run, stubs);
      return {
        figures: figuresOf(measured),
        table: describe(measured),
        faults: faultsOf(measured),
      };
    } finally {
      await Promise.all([stubs.entra.stop(), stubs.graph.stop()]);
    }
  },
};

function measureAll({ rounds, step, args }: Run, stubs: Stubs): Promise<Measured> {
  const sessions = numberOption(args, '--sessions', 1_000);
  const requests = numberOption(args, '--requests', 4_000);
  const sizes = {
    ...{ sessions, warmUpSessions: Math.ceil(sessions / 5) },
    ...{ warmUpRequests: Math.ceil(requests / 2), warmRequests: requests },
    singleRequests: Math.ceil(requests / 20),
  };
  const measureOne = (open: Open) => async () => {
    const subject = await open(stubs, sizes.sessions + sizes.warmUpSessions);
    try {
      return await measureMe(subject, stubs, sizes);
    } finally {
      await subject.close();
    }
  };
  const measures = Object.entries(subjects).map(([name, open]) => [name, measureOne(open)]);
  const byName = Object.fromEntries(measures) as Record<SubjectName, () => Promise<MeMeasurement>>;
  return interleave(byName, { rounds, step });
}

function figuresOf(measured: Measured): Figure[] {
  const of = (name: SubjectName, value: (measurement: MeMeasurement) => number) =>
    measured[name].map(value);
  const ratio = (
    { name, title, target }: { name: string; title: string; target?: Target },
    [subject, peer]: readonly [SubjectName, SubjectName],
    value: (measurement: MeMeasurement) => number,
  ) => {
    const rounds = ratios(of(subject, value), of(peer, value));
    return figureOf({ name, title, unit: 'ratio', rounds, ...(target && { target }) });
  };
  const count = (name: string, title: string, rounds: number[], atMost: number) =>
    figureOf({ name, title, unit: 'count', rounds, target: { atMost } });

  const [a, b] = ['(a) plain proxy', '(b) Express + MSAL + Redis'] as const;
  const c = '(c) express-openid-connect + Redis';
  const host = 'product on the dev host';
  const load = `${inFlight} in flight`;
  return [
    ratio(
      {
        name: 'me-warm-cpu',
        title: `CPU of a warm /me, ${load}, of (b)`,
        target: { atMost: 0.6, stretch: 0.4 },
      },
      ['product', b],
      ({ warm }) => warm.cpuMs,
    ),
    ratio(
      {
        name: 'me-warm-p50',
        title: `p50 of a warm /me, one at a time, Graph ${graphMs} ms, of (a)`,
        target: { atMost: 1.1 },
      },
      ['product', a],
      ({ single }) => single.p50,
    ),
    ratio(
      {
        name: 'me-cold-cpu',
        title: `CPU of a session’s first /me, ${load}, of (b)`,
        target: { atMost: 0.9, stretch: 0.7 },
      },
      ['product', b],
      ({ cold }) => cold.cpuMs,
    ),
    count('me-warm-tables', 'Table requests of a warm /me', of('product', tablesOf('warm')), 1),
    count('me-cold-tables', 'Table requests of a first /me', of('product', tablesOf('cold')), 2),
    ratio(
      { name: 'me-warm-cpu-c', title: `CPU of a warm /me, ${load}, of (c)` },
      ['product', c],
      ({ warm }) => warm.cpuMs,
    ),
    ratio(
      { name: 'me-rate-b', title: `Requests/s, ${load}, Graph 0 ms, of (b)` },
      ['product', b],
      ({ fast }) => fast.requests / fast.seconds,
    ),
    ratio(
      { name: 'me-rate-c', title: `Requests/s, ${load}, Graph 0 ms, of (c)` },
      ['product', c],
      ({ fast }) => fast.requests / fast.seconds,
    ),
    ratio(
      { name: 'me-host-cpu', title: `CPU of a warm /me on the dev host, ${load}, of (b)` },
      [host, b],
      ({ warm }) => warm.cpuMs,
    ),
  ];
}

const tablesOf = (phase: keyof MeMeasurement) => (measurement: MeMeasurement) =>
  measurement[phase].tableRequests;

function describe(measured: Measured): string {
  const titles = [
    'medians',
    'CPU cold ms',
    'CPU warm ms',
    'p50 of one ms',
    `p50 of ${inFlight} ms`,
  ];
  titles.push(`p99 of ${inFlight} ms`, 'Graph 0 ms: CPU ms', 'requests/s');
  const rows = Object.entries(measured).map(([name, measurements]) => {
    const of = (value: (measurement: MeMeasurement) => number) => median(measurements.map(value));
    return [
      ...[name, of(({ cold }) => cold.cpuMs), of(({ warm }) => warm.cpuMs)],
      ...[of(({ single }) => single.p50), of(({ warm }) => warm.p50), of(({ warm }) => warm.p99)],
      ...[of(({ fast }) => fast.cpuMs), Math.round(of(({ fast }) => fast.requests / fast.seconds))],
    ];
  });
  return textTable(titles, rows);
}

/** Every answer is to be 200 and its user's own; with valid tokens nobody calls the token endpoint. */
function faultsOf(measured: Measured): string[] {
  return Object.entries(measured).flatMap(([name, measurements]) =>
    measurements.flatMap((measurement, round) =>
      Object.entries(measurement).flatMap(
        ([phase, { errors, firstError, tokenCalls }]: [string, Phase]) => {
          const where = `${name}, round ${round + 1}, ${phase}`;
          return [
            ...(errors > 0 ? [`${where}: ${errors} errors, the first: ${firstError}`] : []),
            ...(tokenCalls > 0 ? [`${where}: ${tokenCalls} token calls`] : []),
          ];
        },
      ),
    ),
  );
}
