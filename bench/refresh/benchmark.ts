import { buildBundle } from '../../build.ts';
import { type Benchmark, numberOption, type Outcome, type Run } from '../lib/benchmark.ts';
import { type Figure, figureOf, median, ratios } from '../lib/figure.ts';
import { interleave } from '../lib/rounds.ts';
import { textTable } from '../lib/text-table.ts';
import { installPeers } from '../peers/peers.ts';
import { type Stub, startEntra } from '../stubs/services.ts';
import {
  inFlight,
  measureRefresh,
  type Pass,
  type RefreshMeasurement,
  tokenMs,
} from './measure.ts';
import { type Open, type SubjectName, subjects } from './subjects.ts';

type Measured = Readonly<Record<SubjectName, readonly RefreshMeasurement[]>>;

const product = 'product, its queue function';
const bare = 'bare POSTs of refresh tokens';
const memory = 'MSAL with its cache in memory';

/** One refresh by the queue function, beside the least that a refresh can be. */
export const refreshBenchmark: Benchmark = {
  about: '[--users N]  refreshes of the queue function, beside bare POSTs and MSAL in memory',
  async run(run): Promise<Outcome> {
    await installPeers(run.step);
    await buildBundle();
    const entra = await startEntra();
    try {
      const measured = await measureAll(run, entra);
      return {
        figures: figuresOf(measured),
        table: describe(measured),
        faults: faultsOf(measured),
      };
    } finally {
      await entra.stop();
    }
  },
};

function measureAll({ rounds, step, args }: Run, entra: Stub): Promise<Measured> {
  const users = numberOption(args, '--users', 1_000);
  const sizes = { users, warmUpUsers: Math.ceil(users / 5), warmUpPasses: 3 };
  const measureOne = (open: Open) => async () => {
    const subject = await open(entra, users + sizes.warmUpUsers);
    try {
      return await measureRefresh(subject, entra, sizes);
    } finally {
      await subject.close();
    }
  };
  const measures = Object.entries(subjects).map(([name, open]) => [name, measureOne(open)]);
  const byName = Object.fromEntries(measures) as Record<
    SubjectName,
    () => Promise<RefreshMeasurement>
  >;
  return interleave(byName, { rounds, step });
}

const cpuMs = ({ cpuMicroseconds, users }: Pass) => cpuMicroseconds / 1000 / users;
const rate = ({ users, seconds }: Pass) => users / seconds;

function figuresOf(measured: Measured): Figure[] {
  const of = (name: SubjectName, value: (measurement: RefreshMeasurement) => number) =>
    measured[name].map(value);
  const cpuOf = (name: SubjectName) => of(name, ({ fast }) => cpuMs(fast));
  const rateOf = (name: SubjectName) => of(name, ({ late }) => rate(late));
  return [
    figureOf({
      name: 'refresh-cpu',
      title: `CPU of a refresh, ${inFlight} in flight, of MSAL in memory`,
      unit: 'ratio',
      rounds: ratios(cpuOf(product), cpuOf(memory)),
      target: { atMost: 2.8, stretch: 1.9 },
    }),
    figureOf({
      name: 'refresh-rate',
      title: `Refreshes/s, token endpoint ${tokenMs} ms, ${inFlight} in flight, of bare POSTs`,
      unit: 'ratio',
      rounds: ratios(rateOf(product), rateOf(bare)),
      target: { atLeast: 0.85 },
    }),
    figureOf({
      name: 'refresh-tables',
      title: 'Table requests of a refresh',
      unit: 'count',
      rounds: of(product, ({ fast }) => fast.tableRequests / fast.users),
      target: { atMost: 3 },
    }),
    figureOf({
      name: 'refresh-cpu-bare',
      title: `CPU of a refresh, ${inFlight} in flight, of a bare POST`,
      unit: 'ratio',
      rounds: ratios(cpuOf(product), cpuOf(bare)),
    }),
  ];
}

function describe(measured: Measured): string {
  const titles = ['medians', 'CPU ms', 'refreshes/s', `${tokenMs} ms: CPU ms`, 'refreshes/s'];
  const rows = Object.entries(measured).map(([name, measurements]) => {
    const of = (value: (measurement: RefreshMeasurement) => number) =>
      median(measurements.map(value));
    return [
      ...[name, of(({ fast }) => cpuMs(fast)), Math.round(of(({ fast }) => rate(fast)))],
      ...[of(({ late }) => cpuMs(late)), Math.round(of(({ late }) => rate(late)))],
    ];
  });
  return textTable(titles, rows);
}

/** Each user is to be refreshed, with one token call. */
function faultsOf(measured: Measured): string[] {
  return Object.entries(measured).flatMap(([name, measurements]) =>
    measurements.flatMap((measurement, round) =>
      Object.entries(measurement).flatMap(([pass, done]: [string, Pass]) => {
        const where = `${name}, round ${round + 1}, ${pass}`;
        const { failed, tokenCalls, users } = done;
        return [
          ...(failed > 0 ? [`${where}: ${failed} of ${users} not refreshed`] : []),
          ...(tokenCalls !== users ? [`${where}: ${tokenCalls} token calls for ${users}`] : []),
        ];
      }),
    ),
  );
}
