import { exactly, type Figure, figureOf, median, ratios } from '../lib/figure.ts';
import { faultsInRounds } from '../lib/rounds.ts';
import { textTable } from '../lib/text-table.ts';
import { inFlight, type Pass, type RefreshMeasurement, tokenMs } from './measure.ts';
import type { SubjectName } from './subjects.ts';

/** What was measured of each, by rounds. */
export type Measured = Readonly<Record<SubjectName, readonly RefreshMeasurement[]>>;

const product = 'product, its queue function';
const bare = 'bare POSTs of refresh tokens';
const memory = 'MSAL with its cache in memory';

const cpuMs = ({ cpuMicroseconds, users }: Pass) => cpuMicroseconds / 1000 / users;
const rate = ({ users, seconds }: Pass) => users / seconds;

export function figuresOf(measured: Measured): Figure[] {
  const cpuOf = (name: SubjectName) => measured[name].map(({ fast }) => cpuMs(fast));
  const rateOf = (name: SubjectName) => measured[name].map(({ late }) => rate(late));
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
    ...countedFigures(measured[product]),
    figureOf({
      name: 'refresh-cpu-bare',
      title: `CPU of a refresh, ${inFlight} in flight, of a bare POST`,
      unit: 'ratio',
      rounds: ratios(cpuOf(product), cpuOf(bare)),
    }),
  ];
}

/** The product's table requests, of each refresh. */
export function countedFigures(measurements: readonly RefreshMeasurement[]): Figure[] {
  return [
    figureOf({
      name: 'refresh-tables',
      title: 'Table requests of a refresh',
      unit: 'count',
      rounds: measurements.map(({ fast }) => fast.tableRequests / fast.users),
      target: exactly(3),
    }),
  ];
}

export function describe(measured: Measured): string {
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
export function faultsOf(
  measured: Readonly<Record<string, readonly RefreshMeasurement[]>>,
): string[] {
  return faultsInRounds(measured, faultsIn);
}

function faultsIn({ failed, tokenCalls, users }: Pass, where: string): string[] {
  return [
    ...(failed > 0 ? [`${where}: ${failed} of ${users} not refreshed`] : []),
    ...(tokenCalls !== users ? [`${where}: ${tokenCalls} token calls for ${users} users`] : []),
  ];
}
