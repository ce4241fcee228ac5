import { bundlePath, writeBundle } from '../../build.ts';
import { type Benchmark, numberOptions, type Outcome } from '../lib/benchmark.ts';
import { type Figure, figureOf, median, ratios } from '../lib/figure.ts';
import { interleave } from '../lib/rounds.ts';
import { textTable } from '../lib/text-table.ts';
import { loadedOf } from './loaded.ts';
import { createStarter, type FirstRequest, type Start, type Starter } from './start.ts';

const usualStarts = 15;

/** Bytes of the bundle: of what a start loads, and of all. A test holds both. */
export const bundleLimits = { start: 650_000, whole: 4_700_000 };

type Subject = 'empty' | 'live' | 'me';

/** The status that the first answer must have. */
const statuses: Readonly<Record<Subject, number>> = { empty: 200, live: 200, me: 401 };

/** From the start of a process to its first answer, of that of an app that does nothing. */
export const startBenchmark: Benchmark = {
  options: '[--starts N]',
  about: 'process start to first response, of an empty function app',
  async run({ rounds, step, args }): Promise<Outcome> {
    const { starts } = numberOptions(args, { starts: usualStarts });
    const bundle = await writeBundle();
    const starter = await createStarter();
    try {
      const measured: Record<Subject, Start[]>[] = [];
      for (let round = 1; round <= rounds; round++) {
        step(`Round ${round} of ${rounds}, ${starts} starts of each`);
        measured.push(await startAll(starter, starts));
      }
      const files = measured[0]?.live[0]?.files ?? [];
      const start = await loadedOf(bundlePath, files);
      const whole = await loadedOf(
        bundlePath,
        bundle.filter((file) => file.endsWith('.cjs')),
      );
      return {
        figures: [...ratioFigures(measured), ...sizeFigures(start.bytes, whole.bytes)],
        table: describe(measured, start.packages),
        faults: faultsOf(measured),
      };
    } finally {
      await starter.close();
    }
  },
};

/** Interleaved: start by start. */
function startAll(starter: Starter, starts: number): Promise<Record<Subject, Start[]>> {
  const requests: Readonly<Record<Subject, FirstRequest>> = {
    empty: { app: starter.emptyApp, functionName: 'empty', path: '/empty' },
    live: { app: bundlePath, functionName: 'health-live', path: '/health/live' },
    me: { app: bundlePath, functionName: 'me', path: '/me' },
  };
  const { empty, live, me } = requests;
  const subjects = {
    empty: () => starter.start(empty),
    live: () => starter.start(live),
    me: () => starter.start(me),
  };
  return interleave(subjects, { rounds: starts, step: () => undefined });
}

type Round = Readonly<Record<Subject, readonly Start[]>>;

function mediansOf(rounds: readonly Round[], subject: Subject, what: 'ms' | 'cpuMs'): number[] {
  return rounds.map((round) => median(round[subject].map((start) => start[what])));
}

function ratioFigures(rounds: readonly Round[]): Figure[] {
  const ratiosOf = (subject: Subject, what: 'ms' | 'cpuMs') =>
    ratios(mediansOf(rounds, subject, what), mediansOf(rounds, 'empty', what));
  const figure = (subject: Subject, title: string) =>
    figureOf({
      name: `start-${subject}`,
      title: `${title}, of an empty function app’s`,
      unit: 'ratio',
      rounds: ratiosOf(subject, 'ms'),
      target: { atMost: 1.6, stretch: 1.35 },
    });
  return [
    figure('live', 'Process start to the answer of GET /health/live'),
    figure('me', 'Process start to the answer of GET /me without a session'),
    figureOf({
      ...{ name: 'start-cpu', title: 'CPU until the answer of GET /health/live, of the same' },
      ...{ unit: 'ratio', rounds: ratiosOf('live', 'cpuMs') },
    }),
  ];
}

function sizeFigures(start: number, whole: number): Figure[] {
  return [
    figureOf({
      ...{ name: 'start-bytes', title: 'Bundle, what a start loads', unit: 'bytes' },
      ...{ rounds: [start], target: { atMost: bundleLimits.start } },
    }),
    figureOf({
      ...{ name: 'bundle-bytes', title: 'Bundle, all of it', unit: 'bytes' },
      ...{ rounds: [whole], target: { atMost: bundleLimits.whole } },
    }),
  ];
}

function describe(rounds: readonly Round[], packages: readonly string[]): string {
  const subjects = Object.keys(statuses) as Subject[];
  const titles = ['round', ...subjects.map((subject) => `${subject} ms`)];
  const medians = subjects.map((subject) => mediansOf(rounds, subject, 'ms').map(Math.round));
  const rows = rounds.map((_, round) => [round + 1, ...medians.map((each) => each[round] ?? 0)]);
  return `${textTable(titles, rows)}\n\nLoaded by a start: ${packages.join(', ')}`;
}

function faultsOf(rounds: readonly Round[]): string[] {
  return rounds.flatMap((round) =>
    (Object.keys(statuses) as Subject[]).flatMap((subject) =>
      round[subject]
        .filter(({ status }) => status !== statuses[subject])
        .map(({ status }) => `${subject} answered ${status}, not ${statuses[subject]}`),
    ),
  );
}
