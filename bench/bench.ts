/** Runs a benchmark: `npm run bench -- NAME ARGUMENTS`. */
import { benchmarkSweep } from './sweep-report.ts';

interface Benchmark {
  /** Its arguments, and what it shows. */
  readonly about: string;
  /** @returns the exit code: 1 if what was measured is not as it must be, 2 for wrong arguments. */
  run(args: readonly string[]): Promise<number>;
}

const benchmarks = new Map<string, Benchmark>([
  [
    'sweep',
    {
      about: '[USERS...]  what a sweep asks of storage does not grow with the users not due',
      run: benchmarkSweep,
    },
  ],
]);

async function bench([name, ...args]: readonly string[]): Promise<number> {
  const benchmark = benchmarks.get(name ?? '');
  if (benchmark) return benchmark.run(args);
  if (name) console.error(`There is no benchmark "${name}".`);
  const list = [...benchmarks].map(([known, { about }]) => `  npm run bench -- ${known} ${about}`);
  console.log(['Benchmarks:', ...list].join('\n'));
  return name ? 2 : 0;
}

process.exitCode = await bench(process.argv.slice(2));
