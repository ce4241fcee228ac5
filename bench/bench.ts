/** Runs benchmarks: `npm run bench [-- NAME] [ARGUMENTS] [--rounds N] [--json]`. Without a name, all. */
import { newTerminal } from '../dev/terminal.ts';
import { ArgumentError, type Benchmark, numberOption, type Outcome } from './lib/benchmark.ts';
import { figureTable } from './lib/figure-table.ts';
import { describeMachine, machineInWords } from './lib/machine.ts';
import { keep, type Result, resultOf } from './lib/results.ts';
import { meBenchmark } from './me/benchmark.ts';
import { memoryBenchmark } from './memory/benchmark.ts';
import { refreshBenchmark } from './refresh/benchmark.ts';
import { startBenchmark } from './start/benchmark.ts';
import { sweepBenchmark } from './sweep/benchmark.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  me: meBenchmark,
  refresh: refreshBenchmark,
  sweep: sweepBenchmark,
  start: startBenchmark,
  memory: memoryBenchmark,
};

const usualRounds = 5;

/** @returns the exit code: 1 if a run is void, 2 for wrong arguments. A missed target is told. */
async function main(given: readonly string[]): Promise<number> {
  const { names, json, rounds, args } = readArguments(given);
  const results: Result[] = [];
  for (const name of names) {
    const result = resultOf(
      name,
      describeMachine(),
      await runBenchmark(name, { json, rounds, args }),
    );
    if (result.faults.length === 0) keep(result);
    if (!json) console.log(inWords(result));
    results.push(result);
  }
  if (json) console.log(JSON.stringify(results));
  return results.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

function readArguments(given: readonly string[]) {
  const rounds = numberOption(given, '--rounds', usualRounds);
  const at = given.indexOf('--rounds');
  const args = given.filter((arg, i) => arg !== '--json' && (at < 0 || (i !== at && i !== at + 1)));
  const isNamed = args[0] !== undefined && !args[0].startsWith('--');
  const names = isNamed ? args.splice(0, 1) : Object.keys(benchmarks);
  const unknown = names.find((name) => !Object.hasOwn(benchmarks, name));
  if (unknown !== undefined) throw new ArgumentError(`There is no benchmark "${unknown}".`);
  return { names, json: given.includes('--json'), rounds, args };
}

/** With `--json` there is no progress. */
async function runBenchmark(
  name: string,
  { json, rounds, args }: { json: boolean; rounds: number; args: readonly string[] },
): Promise<Outcome> {
  const benchmark = benchmarks[name];
  if (!benchmark) throw new ArgumentError(usage);
  if (json) return benchmark.run({ rounds, args, step: () => undefined });
  const terminal = newTerminal();
  try {
    const outcome = await benchmark.run({
      rounds,
      args,
      step: (text) => terminal.step(`${name}: ${text}`),
    });
    terminal.started(`${name}: measured`);
    return outcome;
  } catch (error) {
    terminal.ending(`${name}: failed`);
    throw error;
  }
}

function inWords({ figures, machine, table, faults }: Result): string {
  const blocks = ['', table, '', figureTable(figures), '', machineInWords(machine)];
  if (faults.length > 0) blocks.push('', 'Void:', ...faults);
  return blocks.join('\n');
}

const usage = [
  'npm run bench [-- NAME] [--rounds N] [--json]',
  ...Object.entries(benchmarks).map(([name, { about }]) => `  npm run bench -- ${name} ${about}`),
].join('\n');

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ArgumentError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
