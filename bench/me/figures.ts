import { exactly, type Figure, figureOf, median, ratios, type Target } from '../lib/figure.ts';
import { faultsInRounds } from '../lib/rounds.ts';
import { textTable } from '../lib/text-table.ts';
import { graphMs, inFlight, type MeMeasurement, type Phase } from './measure.ts';
import type { SubjectName } from './subjects.ts';

/** What was measured of each, by rounds. */
export type Measured = Readonly<Record<SubjectName, readonly MeMeasurement[]>>;

type Value = (measurement: MeMeasurement) => number;

const warmCpu: Value = ({ warm }) => warm.cpuMs;
const coldCpu: Value = ({ cold }) => cold.cpuMs;
const singleP50: Value = ({ single }) => single.p50;
const rate: Value = ({ fast }) => fast.requests / fast.seconds;

const a = '(a) plain proxy';
const b = '(b) Express + MSAL + Redis';
const bOnHttp = '(b) with node:http instead of fetch';
const c = '(c) express-openid-connect + Redis';
const host = 'product on the dev host';
const load = `${inFlight} in flight`;

export function figuresOf(measured: Measured): Figure[] {
  const ratio = (
    [name, title]: readonly [string, string],
    [value, peer, subject = 'product']: readonly [Value, SubjectName, SubjectName?],
    target?: Target,
  ) => {
    const rounds = ratios(measured[subject].map(value), measured[peer].map(value));
    return figureOf({ name, title, unit: 'ratio', rounds, ...(target && { target }) });
  };
  const p50 = `p50 of a warm /me, one at a time, Graph ${graphMs} ms, of (a)`;
  return [
    ratio(['me-warm-cpu', `CPU of a warm /me, ${load}, of (b)`], [warmCpu, b], {
      ...{ atMost: 0.6, stretch: 0.4 },
    }),
    ratio(['me-warm-p50', p50], [singleP50, a], { atMost: 1.1 }),
    ratio(['me-cold-cpu', `CPU of a session’s first /me, ${load}, of (b)`], [coldCpu, b], {
      ...{ atMost: 0.9, stretch: 0.7 },
    }),
    ...countedFigures(measured.product),
    ratio(['me-warm-cpu-b-http', 'CPU of a warm /me, of (b) with node:http'], [warmCpu, bOnHttp]),
    ratio(['me-warm-cpu-c', `CPU of a warm /me, ${load}, of (c)`], [warmCpu, c]),
    ratio(['me-rate-b', `Requests/s, ${load}, Graph 0 ms, of (b)`], [rate, b]),
    ratio(['me-rate-c', `Requests/s, ${load}, Graph 0 ms, of (c)`], [rate, c]),
    ratio(['me-host-cpu', `CPU of a warm /me on the dev host, of (b)`], [warmCpu, b, host]),
  ];
}

/** The product's table requests, of each /me. */
export function countedFigures(product: readonly MeMeasurement[]): Figure[] {
  const count = (name: string, title: string, phase: 'cold' | 'warm', value: number) => {
    const rounds = product.map((measurement) => measurement[phase].tableRequests);
    return figureOf({ name, title, unit: 'count', rounds, target: exactly(value) });
  };
  return [
    count('me-warm-tables', 'Table requests of a warm /me', 'warm', 1),
    count('me-cold-tables', 'Table requests of a session’s first /me', 'cold', 2),
  ];
}

export function describe(measured: Measured): string {
  const titles = ['medians', 'first: CPU ms', 'warm: CPU ms', 'p50 of one ms'];
  titles.push(`p50 of ${inFlight} ms`, `p99 of ${inFlight} ms`, 'Graph 0 ms: CPU ms', 'requests/s');
  const rows = Object.entries(measured).map(([name, measurements]) => {
    const of = (value: Value) => median(measurements.map(value));
    return [
      ...[name, of(coldCpu), of(warmCpu), of(singleP50)],
      ...[of(({ warm }) => warm.p50), of(({ warm }) => warm.p99)],
      ...[of(({ fast }) => fast.cpuMs), Math.round(of(rate))],
    ];
  });
  return textTable(titles, rows);
}

/** Every answer is to be 200 and its user's own; with valid tokens nobody calls the token endpoint. */
export function faultsOf(measured: Readonly<Record<string, readonly MeMeasurement[]>>): string[] {
  return faultsInRounds(measured, faultsIn);
}

function faultsIn({ errors, firstError, tokenCalls }: Phase, where: string): string[] {
  return [
    ...(errors > 0 ? [`${where}: ${errors} errors, the first: ${firstError}`] : []),
    ...(tokenCalls > 0 ? [`${where}: ${tokenCalls} token calls`] : []),
  ];
}
