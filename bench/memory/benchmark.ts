import { buildBundle } from '../../build.ts';
import { type Benchmark, numberOptions, type Outcome } from '../lib/benchmark.ts';
import { type Figure, figureOf } from '../lib/figure.ts';
import { textTable } from '../lib/text-table.ts';
import { seedSessions } from '../product/seed.ts';
import { productSettings } from '../product/settings.ts';
import { startEntra, startGraph, startTables } from '../stubs/services.ts';
import { type Passes, runPasses } from './passes.ts';

const usualUsers = 10_000;

/** What a process keeps of users who have asked for `/me`. A round is a process. */
export const memoryBenchmark: Benchmark = {
  options: '[--users N]',
  about: 'heap after distinct users have asked once and twice',
  async run({ rounds, step, args }): Promise<Outcome> {
    const { users } = numberOptions(args, { users: usualUsers });
    await buildBundle();
    const [tables, entra, graph] = await Promise.all([startTables(), startEntra(), startGraph()]);
    try {
      const origins = { tables: tables.origin, entra: entra.origin, graph: graph.origin };
      const settings = productSettings(origins);
      step(`Signing in ${users.toLocaleString('en')} users`);
      const cookies = await seedSessions(settings, users);
      const measured: Passes[] = [];
      for (let round = 1; round <= rounds; round++) {
        const tell = (text: string) => step(`Round ${round} of ${rounds}: ${text}`);
        measured.push(await runPasses({ settings, cookies, tables }, tell));
      }
      const faults = measured.flatMap((passes) => passes.faults);
      return { figures: figuresOf(measured), table: describe(measured), faults };
    } finally {
      await Promise.all([tables, entra, graph].map((stub) => stub.stop()));
    }
  },
};

function figuresOf(measured: readonly Passes[]): Figure[] {
  return [
    figureOf({
      name: 'memory-growth',
      title: 'Heap after all users have asked twice, of that after once',
      unit: 'ratio',
      rounds: measured.map(({ first, second }) => second / first),
      target: { atMost: 1.1 },
    }),
    figureOf({
      name: 'memory-per-user',
      title: 'Heap for each user that is remembered',
      unit: 'bytes',
      // The few who warmed the process up are in it from before; that makes no difference. Where
      // nobody is remembered, it is for each who has asked.
      rounds: measured.map(
        ({ before, second, remembered, users }) => (second - before) / (remembered || users),
      ),
      target: { atMost: 3 * 1024 },
    }),
  ];
}

function describe(measured: readonly Passes[]): string {
  const titles = ['round', 'MB before', 'after first', 'after second', 'resident', 'remembered'];
  const megabytes = (bytes: number) => Math.round(bytes / 100_000) / 10;
  const rows = measured.map(({ before, first, second, rss, remembered }, round) => [
    ...[round + 1, ...[before, first, second, rss].map(megabytes)],
    remembered,
  ]);
  return textTable(titles, rows);
}
